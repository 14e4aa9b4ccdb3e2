import { capabilitiesOf } from '../../config/capabilities.ts';
import type { SshTargetConfig } from '../../config/schema.ts';
import { DevopsError } from '../../errors.ts';
import { exists, path } from '../../platform/files.ts';
import { findProgram } from '../../platform/find-program.ts';
import { valuesOf } from '../../platform/process-host/protocol.ts';
import { minimalEnvironment } from '../../platform/processes.ts';
import { portableVariables } from './environment.ts';
import { artifactChange } from './ssh/artifact.ts';
import { batchesOf, withEach } from './ssh/batches.ts';
import { HostFailed, type HostState, HostsFailed } from './ssh/failure.ts';
import { RemoteHost } from './ssh/host.ts';
import type { Release, Target, TargetCall, TargetProblem, TargetSettings } from './types.ts';

/** Hosts that are asked, or sent an artifact, at the same time. */
const hostsAtOnce = 8;
/** What of the server's environment the OpenSSH client needs beside the usual: where its agent listens. */
const agentVariable = 'SSH_AUTH_SOCK';

/**
 * One or several hosts over SSH, as Capistrano does it: a folder per release, a symbolic link that names the live one,
 * and configured commands for the supervisor of each host. Hosts are switched in batches, each proven before the next
 * one; the fence is kept on every host, so that whoever was overtaken is refused by each of them.
 */
export function openSshTarget(settings: TargetSettings<SshTargetConfig>): Target {
  const { config, environment, projectDir, serverEnvironment } = settings;
  const url = config.url.replace(/\/+$/, '');
  const fileOf = (name: string | undefined) =>
    name === undefined ? undefined : path.resolve(projectDir, atHome(name, serverEnvironment.HOME));
  const knownHostsFile = fileOf(config.knownHosts);
  const identityFile = fileOf(config.identity);
  const passed = valuesOf(serverEnvironment, config.passEnvironment);

  function variables(
    release?: Release,
    call?: Pick<TargetCall, 'fence' | 'previous'>,
  ): Record<string, string> {
    const known = portableVariables({
      environment,
      commit: release?.commit,
      version: release?.version,
      artifact: release?.artifact,
      deploymentId: call?.fence.deploymentId,
      release: call?.fence.number,
      previousVersion: call?.previous?.version,
      targetUrl: url,
    });
    return { ...passed, ...config.environment, ...known };
  }

  const hosts = config.hosts.map(
    (name) =>
      new RemoteHost({
        name,
        environment,
        config,
        destination: { connectTimeoutMs: config.connectTimeout, knownHostsFile, identityFile },
        clientEnvironment: minimalEnvironment(serverEnvironment, [agentVariable]),
        variables,
      }),
  );

  async function states(): Promise<HostState[]> {
    return onAll((host) => host.state());
  }

  /** The same with every host, some at a time. @throws what the action throws */
  async function onAll<R>(action: (host: RemoteHost) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    for (const batch of batchesOf(hosts, hostsAtOnce))
      results.push(...(await Promise.all(batch.map(action))));
    return results;
  }

  /**
   * An effect on every host, `size` at a time.
   * @throws HostsFailed with the state of every host; HostFailed when a later deployment has taken over
   */
  async function effectOnAll(
    what: string,
    action: (host: RemoteHost) => Promise<void>,
    { size = hostsAtOnce, stops = true, meant = hosts }: EffectOptions = {},
  ): Promise<void> {
    const failures: Error[] = [];
    let untouched = hosts.length;
    for (const batch of batchesOf(meant, size)) {
      untouched -= batch.length;
      for (const outcome of await withEach(batch, action)) {
        if (!('error' in outcome)) continue;
        if (outcome.error instanceof HostFailed && outcome.error.overtaken) throw outcome.error;
        if (!(outcome.error instanceof DevopsError)) throw outcome.error; // a bug of ours is no state of a host
        failures.push(outcome.error);
      }
      if (failures.length > 0 && stops) break;
    }
    if (failures.length === 0) return;
    const extent = stops && untouched > 0 ? `, ${untouched} of ${hosts.length} hosts were not touched` : '';
    throw new HostsFailed(`${what} failed${extent}`, failures, await states());
  }

  interface EffectOptions {
    size?: number | undefined;
    /** Whether the first batch with a failure is the last one. */
    stops?: boolean;
    /** The hosts that are meant, in order. */
    meant?: readonly RemoteHost[];
  }

  async function place(release: Release, call: TargetCall): Promise<void> {
    await effectOnAll(`placing ${release.version}`, (host) => host.place(release, call));
  }

  return {
    kind: 'ssh',
    capabilities: capabilitiesOf.ssh,
    instances: hosts.length,
    url,
    async problems() {
      const missing = [
        ...(await missingProgram(serverEnvironment.PATH)),
        ...(await missingFile('knownHosts', knownHostsFile)),
        ...(await missingFile('identity', identityFile)),
      ];
      if (missing.length > 0) return missing; // no host could be asked
      return (await onAll((host) => host.missing())).flatMap((problem) => problem ?? []);
    },
    async stage(release, call) {
      await place(release, call);
      return {};
    },
    async activate(release, call) {
      await place(release, call); // everywhere first: what cannot be copied to the last host switches none
      await effectOnAll(`switching to ${release.version}`, (host) => host.switchTo(release, call), {
        size: call.atOnce,
      });
      call.log(`all hosts serve ${release.version}`);
    },
    async advance(release, upTo, call) {
      await effectOnAll(`switching to ${release.version}`, (host) => host.switchTo(release, call), {
        size: call.atOnce,
        meant: hosts.slice(0, upTo),
      });
      call.log(`${upTo} of ${hosts.length} hosts serve ${release.version}`);
    },
    serving: async (release) => (await states()).filter(({ releaseId }) => releaseId === release.id).length,
    async retire(release) {
      // The switch has ended it everywhere; only a release that is still live could be meant by mistake.
      const serving = (await states()).filter(({ releaseId }) => releaseId === release.id);
      if (serving.length === 0) return;
      const where = serving.map(({ host }) => host).join(', ');
      throw new DevopsError('TARGET_FAILED', `${release.version} is live on ${where} and is not ended`, {
        remedy: `Deploy or roll back ${environment} to another release first.`,
      });
    },
    async notRestorable(release) {
      const held = await onAll((host) => host.keeps(release));
      if (held.every((one) => one === undefined)) return 'no host can be reached';
      const lacking = hosts.filter((_, index) => held[index] === false).map(({ name }) => name);
      if (lacking.length === 0) return undefined;
      const change = await artifactChange(release);
      return change && `${change}, and ${lacking.join(', ')} no longer has its release folder`;
    },
    async restore(release, call) {
      // Every host that can comes back, whatever became of another one: half a way back is better than none.
      await effectOnAll(
        `restoring ${release.version}`,
        async (host) => {
          await host.place(release, call);
          await host.switchTo(release, call);
        },
        { size: call.atOnce, stops: false },
      );
      call.log(`all hosts serve ${release.version}`);
    },
    async stop(call) {
      await effectOnAll(`taking ${environment} out of service`, (host) => host.stop(call), { stops: false });
    },
    live: async () => agreed(await states()),
    async traffic() {
      return undefined;
    },
    async releaseLog(release, lines) {
      const logs = await onAll(async (host) => ({ host: host.name, said: await host.log(release, lines) }));
      return hosts.length === 1
        ? (logs[0]?.said ?? [])
        : logs
            .flatMap(({ host, said }) => said.map((line) => `${host}: ${line}`))
            .slice(-lines * hosts.length);
    },
    async prune({ releases, inUse }, call) {
      const newest = [...new Set(releases.map(({ id }) => id))].slice(0, config.keep);
      // What is not deleted today is deleted after the next deployment: no reason to call this one failed.
      await onAll((host) =>
        host
          .prune([...newest, ...inUse], call)
          .catch((error: Error) => call.log(`not pruned: ${error.message}`)),
      );
    },
  };
}

/**
 * What all hosts say with one voice. Where they do not, the version is a sentence that names them, which is nobody's
 * version: "one on web1, two on web2".
 */
function agreed(states: readonly HostState[]): { releaseId?: string; version?: string } | undefined {
  const [first] = states;
  if (first?.version !== undefined && states.every((one) => isSameAs(one, first))) {
    return { releaseId: first.releaseId, version: first.version };
  }
  if (states.every(({ version }) => version === undefined)) return undefined;
  return { version: `mixed: ${states.map(({ host, text }) => `${host} ${text}`).join('; ')}` };
}

const isSameAs = (one: HostState, other: HostState) =>
  one.known && one.releaseId === other.releaseId && one.version === other.version;

function atHome(file: string, home: string | undefined): string {
  return file.startsWith('~/') && home !== undefined ? path.join(home, file.slice(2)) : file;
}

async function missingProgram(searchPath = ''): Promise<TargetProblem[]> {
  if (await findProgram('ssh', searchPath)) return [];
  return [{ what: 'there is no program "ssh"', remedy: 'Install the OpenSSH client on this machine.' }];
}

async function missingFile(field: string, file: string | undefined): Promise<TargetProblem[]> {
  if (file === undefined || (await exists(file))) return [];
  return [
    {
      what: `there is no ${file}`,
      remedy: `Put the file there, or set target.${field} in devops.yaml to it.`,
    },
  ];
}
