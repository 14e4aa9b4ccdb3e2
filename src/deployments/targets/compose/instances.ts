import type { ComposeTargetConfig } from '../../../config/schema.ts';
import { DevopsError } from '../../../errors.ts';
import { servesRelease } from '../../../operations/probes.ts';
import { now, sleep } from '../../../platform/clock.ts';
import { type Container, type ContainerClient, complaintOf } from '../../../platform/container-client.ts';
import { runCommand } from '../../../platform/processes.ts';
import { agreed } from '../instances.ts';
import { labelPrefix } from '../labels.ts';
import type { LogSink, Release } from '../types.ts';

/** The containers of the service, which Compose tells by its labels, and what each of them runs and serves. */

const pollIntervalMs = 300;
const questionTimeoutMs = 10_000;
const linesShown = 8;

export interface Instance extends Container {
  name: string;
  /** Undefined where we did not bring it. */
  releaseId: string | undefined;
  version: string | undefined;
  targetId: string | undefined;
}

type NamedRelease = Pick<Release, 'id' | 'version' | 'commit'>;

export interface Instances {
  /**
   * Those of the service that runs the release, or of another one, in the order of their names.
   * @throws TARGET_FAILED when Docker cannot be asked
   */
  list(service?: string): Promise<Instance[]>;
  /**
   * What some serve: by their own word where `version` is configured, else by their labels. Where they do not agree, the
   * version is a sentence, which is nobody's version.
   */
  agreed(some: readonly Instance[]): Promise<{ releaseId?: string; version?: string } | undefined>;
  /**
   * Waits until every instance runs the release, is healthy and serves it.
   * @param replicas how many there must be; any number where it is not said
   * @throws TARGET_FAILED with the last lines of one that does not
   */
  untilReady(release: NamedRelease, imageId: string, log: LogSink, replicas?: number): Promise<void>;
  /** The same for how many there are of any service, whatever they run. @throws TARGET_FAILED */
  untilSteady(service: string, replicas: number): Promise<void>;
  /** Removes those of other releases, which a call of Compose that was killed left behind. */
  removeOthers(release: Release, log: LogSink): Promise<void>;
  /** Removes all, where Compose has no file any more to do so. */
  removeAll(): Promise<void>;
  lastLines(releaseId: string, lines: number): Promise<string[]>;
}

interface Obstacle {
  why: string;
  /** Waiting helps nobody. */
  final: boolean;
}

export interface InstancesSettings {
  config: ComposeTargetConfig;
  client: ContainerClient;
  composeProject: string;
  environment: string;
  workDir: string;
  /** For `version`. */
  variables: Record<string, string>;
}

export function openInstances(settings: InstancesSettings): Instances {
  const { config, client, composeProject, environment, workDir, variables } = settings;
  const remedy = `Make "${config.docker} ps" work for this user.`;
  const failure = (message: string, how: string) =>
    new DevopsError('TARGET_FAILED', message, { remedy: how });

  async function list(service = config.service): Promise<Instance[]> {
    try {
      const names = await client.list(
        `com.docker.compose.project=${composeProject}`,
        `com.docker.compose.service=${service}`,
        'com.docker.compose.oneoff=False',
      );
      const found = await Promise.all(
        names.sort().map(async (name) => {
          const container = await client.inspect(name);
          const label = (key: string) => container?.labels[`${labelPrefix}.${key}`];
          return (
            container && {
              ...container,
              name,
              releaseId: label('release'),
              version: label('version'),
              targetId: label('target'),
            }
          );
        }),
      );
      return found.filter((one) => one !== undefined); // one may have gone meanwhile
    } catch (error) {
      throw failure(`${config.docker} cannot be asked: ${(error as Error).message}`, remedy);
    }
  }

  async function served(instance: Instance): Promise<string | undefined> {
    if (config.version === undefined) return instance.version;
    const outcome = await runCommand({
      command: config.version,
      workDir,
      environment: {
        ...variables,
        DEVOPS_INSTANCE: instance.name,
        ...(instance.address !== undefined && { DEVOPS_INSTANCE_ADDRESS: instance.address }),
      },
      timeoutMs: questionTimeoutMs,
    });
    const said = Buffer.from(outcome.stdout).toString('utf8').trim();
    return outcome.exitCode === 0 && said !== '' ? said : undefined;
  }

  const not = ({ name }: Instance, why: string, final = false): Obstacle => ({
    why: `${name} ${why}`,
    final,
  });

  /** Why it is not up, or undefined. */
  function downBecause(one: Instance): Obstacle | undefined {
    if (!one.runs) {
      return not(one, one.outOfMemory ? 'is out of memory' : `ended with exit code ${one.exitCode}`, true);
    }
    if (one.health === undefined || one.health === 'healthy') return undefined;
    return not(one, `is ${one.health} by its health check`, one.health === 'unhealthy');
  }

  /** Why it does not serve the release yet, or undefined. */
  async function lacks(one: Instance, release: NamedRelease, imageId: string): Promise<Obstacle | undefined> {
    if (one.releaseId !== release.id) return not(one, `runs ${one.version ?? 'something else'}`);
    if (one.image !== imageId)
      return not(one, `runs the image ${one.image}, and ${imageId} was proven`, true);
    const down = downBecause(one);
    if (down) return down;
    const version = await served(one);
    if (version !== undefined && servesRelease(version, release)) return undefined;
    return not(one, version === undefined ? 'does not say which version it serves' : `serves ${version}`);
  }

  /** Waits until nothing is in the way and none is started again. @returns what still is when time is over */
  async function wait(
    look: () => Promise<Instance[]>,
    obstacleOf: (one: Instance) => Promise<Obstacle | undefined> | Obstacle | undefined,
    replicas: number | undefined,
  ): Promise<string | undefined> {
    const deadline = now().getTime() + config.readyWithin;
    /** How often each was started: one that crashes and starts in turn is never ready. */
    let before = '';
    for (;;) {
      const all = await look();
      const obstacles = await Promise.all(all.map(obstacleOf));
      const wanted = replicas ?? Math.max(1, all.length);
      const found =
        obstacles.find((one) => one?.final) ??
        obstacles.find((one) => one !== undefined) ??
        (all.length === wanted
          ? undefined
          : { why: `${all.length} of ${wanted} instances run`, final: false });
      const seen = all.map((one) => `${one.id} ${one.restarts}`).join();
      if (!found && (seen === before || all.length === 0)) return undefined;
      if (found?.final || now().getTime() > deadline) {
        return found?.why ?? 'its instances are started again and again';
      }
      before = seen;
      await sleep(pollIntervalMs);
    }
  }

  async function lastLines(releaseId: string, lines: number): Promise<string[]> {
    const written: string[] = [];
    for (const one of await list()) {
      if (one.releaseId !== releaseId) continue;
      const outcome = await client.run(['logs', '--timestamps', '--tail', String(lines), one.name], {
        onLine: (line) => written.push(line),
      });
      const isGone = /no such container/i.test(outcome.stderr);
      if (outcome.exitCode !== 0 && !isGone) {
        throw failure(`${config.docker} cannot be asked: ${complaintOf(outcome)}`, remedy);
      }
    }
    // Several instances, and the two outputs of each, come apart; their times tell the order.
    return written
      .sort()
      .map((line) => line.slice(line.indexOf(' ') + 1))
      .slice(-lines);
  }

  async function remove(some: readonly Instance[]): Promise<void> {
    if (some.length === 0) return;
    const outcome = await client.run(['rm', '--force', ...some.map(({ name }) => name)]);
    if (outcome.exitCode === 0 || /no such container/i.test(outcome.stderr)) return;
    throw failure(`"${config.docker} rm" failed: ${complaintOf(outcome)}`, remedy);
  }

  return {
    list,
    async agreed(some) {
      const seen = await Promise.all(some.map(async (one) => ({ ...one, serves: await served(one) })));
      return agreed(seen);
    },
    async untilReady(release, imageId, log, replicas) {
      const why = await wait(
        () => list(),
        (one) => lacks(one, release, imageId),
        replicas,
      );
      if (why === undefined) return;
      const lines = await lastLines(release.id, linesShown).catch(() => []);
      for (const line of lines) log(`release: ${line}`);
      throw failure(
        `${release.version} does not get ready on ${environment}: ${why}. Last lines: ${lines.join(' | ')}`,
        'Mend that in a new commit and deploy it; the log of the deployment has all that Compose said.',
      );
    },
    async untilSteady(service, replicas) {
      const why = await wait(() => list(service), downBecause, replicas);
      if (why === undefined) return;
      throw failure(
        `${service} does not get ready on ${environment}: ${why}`,
        `Mend that, or ask for another number; a service with a published port of its own runs once.`,
      );
    },
    async removeOthers(release, log) {
      const others = (await list()).filter(({ releaseId }) => releaseId !== release.id);
      for (const { name, version } of others)
        log(`removes ${name} of ${version ?? 'nobody'}, which was left behind`);
      await remove(others);
    },
    removeAll: async () => remove(await list()),
    lastLines,
  };
}
