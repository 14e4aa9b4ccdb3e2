import type { SshTargetConfig } from '../../../config/schema.ts';
import { parseSshAddress } from '../../../config/ssh-target.ts';
import type { SshDestination } from '../../../platform/ssh/options.ts';
import { assignments } from '../../../platform/ssh/quoting.ts';
import { type RemoteOutcome, runOnHost } from '../../../platform/ssh/session.ts';
import type { Fence, LogSink, Release } from '../types.ts';
import { artifactChange } from './artifact.ts';
import { HostFailed, type HostState } from './failure.ts';
import { refusal, remedyFor, unreachable } from './refusals.ts';
import {
  keptScript,
  logScript,
  lookScript,
  needsScript,
  placeScript,
  pruneScript,
  stateScript,
  stopScript,
  switchScript,
} from './scripts.ts';

/** Questions are asked while people wait, however long a deployment may take. */
const questionTimeoutMs = 15_000;
/** What a call may take beyond the commands that it runs: connecting, unpacking, checking. */
const marginMs = 60_000;
const linesShown = 6;
const pauseSeconds = '0.5';

export interface HostSettings {
  /** As `devops.yaml` names it. */
  name: string;
  environment: string;
  config: SshTargetConfig;
  destination: Omit<SshDestination, 'host' | 'user' | 'port'>;
  /** Environment of the OpenSSH client. */
  clientEnvironment: Readonly<Record<string, string>>;
  /** Variables for the configured commands on the host. */
  variables(release?: Release, call?: HostCall): Record<string, string>;
}

/** Part of the target's call that a host needs. */
export interface HostCall {
  fence: Fence;
  log: LogSink;
  previous?: Release;
}

/** One host: every effect is idempotent, fenced by a number that the host itself keeps, and one at a time. */
export class RemoteHost {
  readonly name: string;
  readonly #settings: HostSettings;

  constructor(settings: HostSettings) {
    this.name = settings.name;
    this.#settings = settings;
  }

  /**
   * Copies the artifact there and unpacks it, unless that is done already.
   * @throws HostFailed
   */
  async place(release: Release, call: HostCall): Promise<void> {
    const { end } = await this.#change(lookScript, 'look for the release', { release, call }, [
      'placed',
      'missing',
    ]);
    if (end === 'placed') return;
    const change = await artifactChange(release);
    if (change !== undefined) {
      throw new HostFailed(this.name, `${release.version} is not there and cannot be copied: ${change}`, {
        remedy: `Deploy commit ${release.commit} anew, which builds its artifact again.`,
      });
    }
    call.log(`${this.name}: copies ${release.artifact.digest}`);
    await this.#change(placeScript, `place ${release.version}`, {
      release,
      call,
      artifact: release.artifact.path,
    });
  }

  /**
   * Makes a placed release the live one and proves that the service of this host serves it.
   * @throws HostFailed
   */
  async switchTo(release: Release, call: HostCall): Promise<void> {
    const { facts } = await this.#change(switchScript, `switch to ${release.version}`, { release, call });
    call.log(`${this.name}: ${facts.has('already') ? 'already serves' : 'serves'} ${release.version}`);
  }

  /** @throws HostFailed */
  async stop(call: HostCall): Promise<void> {
    const { facts } = await this.#change(stopScript, 'stop', { call });
    call.log(`${this.name}: ${facts.has('already') ? 'was out of service already' : 'out of service'}`);
  }

  /** Deletes all releases but the live one and those named. @throws HostFailed */
  async prune(keptIds: readonly string[], call: HostCall): Promise<void> {
    await this.#change(pruneScript, 'prune', { call, values: { kept_ids: keptIds.join(' ') } });
  }

  /** Whether the host has the complete release; undefined when it cannot be asked. */
  async keeps(release: Release): Promise<boolean | undefined> {
    const { end } = await this.#ask(keptScript, { release });
    return end === undefined ? undefined : end === 'placed';
  }

  /** What is live there. Never throws: that nobody answers is a state as well. */
  async state(): Promise<HostState> {
    const outcome = await this.#ask(stateScript, {});
    const host = this.name;
    if (outcome.end === undefined)
      return { host, known: false, text: `cannot be reached: ${outcome.trouble}` };
    if (outcome.end === 'nothing') return { host, known: true, text: 'serves nothing' };
    const { facts } = outcome;
    if (outcome.end !== 'done') return { host, known: false, text: 'cannot say what it serves' };
    const linked = facts.get('linked');
    const named = facts.get('mark') || linked;
    if (linked !== facts.get('serving'))
      return { host, known: true, text: `was interrupted in its switch to ${named}` };
    if (!facts.has('up')) return { host, known: true, text: `is down, with ${named}` };
    const version = this.#settings.config.version === undefined ? facts.get('mark') : facts.get('version');
    if (!version) return { host, known: true, text: `is up, with ${named}, and says no version` };
    return { host, known: true, releaseId: linked, version, text: `serves ${version}` };
  }

  /** The service's own last lines. */
  async log(release: Release, lines: number): Promise<string[]> {
    const { log: command } = this.#settings.config;
    if (command === undefined) return [];
    const said: string[] = [];
    const outcome = await this.#ask(logScript, {
      release,
      values: { log_command: command },
      extra: { DEVOPS_LINES: String(lines) },
      onLine: (line) => {
        said.push(line);
        if (said.length > lines) said.shift();
      },
    });
    if (outcome.end === undefined) said.push(`cannot be reached: ${outcome.trouble}`);
    return said;
  }

  /** What of the host's needs is missing; undefined when it can work. */
  async missing(): Promise<{ what: string; remedy: string } | undefined> {
    const outcome = await this.#ask(needsScript, {});
    const { path } = this.#settings.config;
    if (outcome.end === undefined) {
      return { what: `${this.name} ${unreachable(outcome.trouble)}`, remedy: this.#remedy(outcome.trouble) };
    }
    if (outcome.end !== 'done') {
      return {
        what: `${this.name}: ${path} cannot be written`,
        remedy: `Make it a folder of the user who logs in there, or set another target.path in devops.yaml.`,
      };
    }
    const programs = (outcome.facts.get('missing') ?? '').trim();
    if (programs === '') return undefined;
    return {
      what: `${this.name} has no ${programs.split(' ').join(', ')}`,
      remedy: `Install it there: the scripts of an ssh target need GNU or BusyBox tools and util-linux.`,
    };
  }

  /** An effect that has to end with one of the `good` words. @throws HostFailed when it does not */
  async #change(script: string, what: string, work: Work, good = ['done']): Promise<Ended> {
    const last: string[] = [];
    const outcome = await this.#effect(script, what, {
      ...work,
      onLine: (line) => {
        if (line.trim() === '') return;
        work.call?.log(`${this.name}: ${line}`);
        last.push(line.trim());
        if (last.length > linesShown) last.shift();
      },
    });
    if (good.includes(outcome.end)) return outcome;
    const { environment } = this.#settings;
    throw refusal({ host: this.name, what, outcome, last, environment, fence: work.call?.fence });
  }

  /** @throws HostFailed when nobody knows how it ended */
  async #effect(script: string, what: string, work: Work): Promise<Ended> {
    // It may have to wait for the same effect of a runner that died, which takes as long as this one.
    const outcome = await this.#run(script, work, 2 * longestMs(this.#settings.config) + marginMs);
    if (outcome.end !== undefined) return outcome;
    throw new HostFailed(this.name, `${what}: ${unreachable(outcome.trouble)}`, {
      remedy: this.#remedy(outcome.trouble),
    });
  }

  async #ask(script: string, work: Work): Promise<RemoteOutcome> {
    return this.#run(script, work, this.#settings.destination.connectTimeoutMs + 2 * questionTimeoutMs);
  }

  async #run(script: string, work: Work, timeoutMs: number): Promise<RemoteOutcome> {
    const { config, environment, destination, clientEnvironment, variables } = this.#settings;
    const { release, call } = work;
    const exports = { ...variables(release, call), DEVOPS_HOST: this.name, ...work.extra };
    const address = parseSshAddress(this.name) ?? { host: this.name };
    return runOnHost(
      { ...address, ...destination },
      {
        script,
        timeoutMs,
        onLine: work.onLine,
        inputFile: work.artifact,
        values: {
          root: config.path,
          environment,
          exports: assignments(exports, { exported: true }),
          restart_command: config.restart,
          start_command: config.start ?? '',
          drain_command: config.drain ?? '',
          undrain_command: config.undrain ?? '',
          stop_command: config.stop,
          status_command: config.status,
          version_command: config.version ?? '',
          prepare_command: config.prepare ?? '',
          shared_paths: config.shared.join('\n'),
          command_seconds: seconds(config.timeout),
          question_seconds: seconds(Math.min(config.timeout, questionTimeoutMs)),
          ready_seconds: seconds(config.readyWithin),
          lock_seconds: seconds(longestMs(config)),
          pause_seconds: pauseSeconds,
          ...(release && valuesOf(release)),
          ...(call && { fence: String(call.fence.number) }),
          ...work.values,
        },
      },
      clientEnvironment,
    );
  }

  #remedy(trouble: string): string {
    return remedyFor(trouble, this.name, this.#settings.config.knownHosts);
  }
}

type Ended = Extract<RemoteOutcome, { end: string }>;

interface Work {
  release?: Release;
  call?: HostCall;
  /** File that the script takes from its standard input. */
  artifact?: string;
  values?: Record<string, string>;
  /** Variables for the configured command beside the usual ones. */
  extra?: Record<string, string>;
  onLine?: (line: string) => void;
}

/** A switch runs up to three commands and waits for the service, and no effect takes longer. */
const longestMs = ({ timeout, readyWithin }: SshTargetConfig) => 3 * timeout + readyWithin;
const seconds = (ms: number) => String(Math.max(1, Math.ceil(ms / 1_000)));

/** What a service's supervisor may read as well: each line is one for `sh` and for systemd's `EnvironmentFile`. */
function valuesOf({
  id,
  version,
  commit,
  environment,
  artifact: { digest },
}: Release): Record<string, string> {
  const facts = {
    DEVOPS_ENVIRONMENT: environment,
    DEVOPS_COMMIT: commit,
    DEVOPS_VERSION: version,
    DEVOPS_ARTIFACT_DIGEST: digest,
  };
  for (const fact of [id, ...Object.values(facts)]) {
    // Becomes the name of a folder and lines of a file that others interpret.
    if (!/^[A-Za-z0-9][\w.:-]*$/.test(fact)) throw new Error(`"${fact}" cannot name a release on a host`);
  }
  const release_mark = Object.entries(facts)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
  return { id, version, commit, digest, release_mark };
}
