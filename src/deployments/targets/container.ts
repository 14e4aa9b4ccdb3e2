import { capabilitiesOf } from '../../config/capabilities.ts';
import type { ContainerTargetConfig } from '../../config/schema.ts';
import { DevopsError } from '../../errors.ts';
import { Quantiles } from '../../evidence/quantiles.ts';
import { sleep } from '../../platform/clock.ts';
import { complaintOf, openContainerClient } from '../../platform/container-client.ts';
import { sha256 } from '../../platform/digest.ts';
import { path } from '../../platform/files.ts';
import type { FrontServer } from '../../platform/haproxy/configuration.ts';
import { openFront } from '../../platform/haproxy/front.ts';
import { listenObstacle } from '../../platform/process-host/ports.ts';
import { valuesOf } from '../../platform/process-host/protocol.ts';
import { minimalEnvironment, runCommand } from '../../platform/processes.ts';
import { openContainers } from './container/containers.ts';
import { openImages } from './container/images.ts';
import {
  giveAll,
  giveShare,
  isServing,
  latestServer,
  type Recipient,
  releaseOfServer,
  servedBy,
  superseded,
} from './container/shares.ts';
import { portableVariables } from './environment.ts';
import { admit } from './fence.ts';
import { portProblem, reachable } from './listening.ts';
import type { Release, Target, TargetCall, TargetProblem, TargetSettings } from './types.ts';

const linesKept = 20;
const drainPollMs = 50;

/**
 * Containers on this machine: one per release on a loopback port of its own, by Docker or Podman, and a haproxy on the
 * fixed port that moves the traffic between them, all of it or a share, without dropping a request.
 */
export function openContainerTarget(settings: TargetSettings<ContainerTargetConfig>): Target {
  const { config, stateDir, environment, project, projectDir, serverEnvironment } = settings;
  const url = `http://${reachable(config.host)}:${config.port}`;
  const targetId = sha256(path.resolve(stateDir)).slice(0, 12);
  const clientEnvironment = minimalEnvironment(serverEnvironment, config.passEnvironment);
  const client = openContainerClient(config.docker, { workDir: projectDir, environment: clientEnvironment });
  const passed = valuesOf(serverEnvironment, config.passToService);
  const images = openImages({ config, client, stateDir, targetId });
  const containers = openContainers({ config, client, project, environment, targetId, passed });
  const haproxyEnvironment = withSystemPrograms(minimalEnvironment(serverEnvironment));
  const front = openFront({
    stateDir,
    host: config.host,
    port: config.port,
    haproxy: config.haproxy,
    environment: haproxyEnvironment,
    requestTimeoutMs: config.requestTimeout,
    drainMs: config.drain,
  });

  async function start(release: Release, call: TargetCall): Promise<number> {
    await decideAnew(call, (servers) => servers);
    const image = await images.ensure(release, call.log);
    await admit(stateDir, call.fence); // a build takes long enough to be overtaken
    try {
      const { number: fence } = call.fence;
      const facts = serviceFacts(release, call);
      return await containers.ensure(release, image, { fence, environment: facts, log: call.log });
    } catch (error) {
      const lines = await containers.lastLines(release.id, linesKept).catch(() => []);
      for (const line of lines) call.log(`release: ${line}`);
      throw error;
    }
  }

  function serviceFacts(release: Release, { fence, previous }: TargetCall): Record<string, string> {
    return portableVariables({
      ...release,
      deploymentId: fence.deploymentId,
      release: fence.number,
      previousVersion: previous?.version,
      targetUrl: url,
    });
  }

  async function activate(release: Release, call: TargetCall): Promise<void> {
    const port = await start(release, call);
    await decideAnew(call, (servers) => giveAll(servers, recipient(release, call, port)));
    call.log(`all traffic goes to ${release.version}`);
  }

  async function shift(release: Release, percent: number, call: TargetCall): Promise<void> {
    const port = await start(release, call);
    await decideAnew(call, (servers) => {
      const shared = giveShare(servers, recipient(release, call, port), percent);
      if (shared) return shared;
      throw new DevopsError(
        'TARGET_FAILED',
        `${release.version} cannot have ${percent}% of the traffic of ${environment}: no other release is live`,
        { remedy: 'Give it all traffic.' },
      );
    });
    call.log(`${percent}% of the traffic goes to ${release.version}`);
  }

  function recipient({ id, version }: Release, { fence }: TargetCall, port: number): Recipient {
    return { releaseId: id, version, fence: fence.number, port };
  }

  /**
   * Takes a release without traffic out of the front, after its open requests have ended.
   * @param end ends its container, while nobody else can give it traffic
   */
  async function leave(releaseId: string, call: TargetCall, end: () => Promise<void>): Promise<void> {
    await decideAnew(call, (servers) => servers); // a run that died may have decided what haproxy does not do yet
    const deadline = performance.now() + config.drain;
    const servers = (await front.decided()) ?? [];
    for (const { name } of servers.filter((one) => releaseOfServer(one.name) === releaseId)) {
      while ((await front.openRequests(name)) > 0 && performance.now() < deadline) await sleep(drainPollMs);
    }
    await decideAnew(call, async (now) => {
      refuseLive(now, releaseId);
      await end();
      return now.filter(({ name }) => releaseOfServer(name) !== releaseId);
    });
  }

  /** Servers of shares that were decided anew since; their open requests have ended, or they stay. */
  async function sweep(call: TargetCall): Promise<void> {
    const idle: string[] = [];
    for (const { name } of superseded((await front.decided()) ?? [])) {
      if ((await front.openRequests(name)) === 0) idle.push(name);
    }
    if (idle.length === 0) return;
    await decideAnew(call, (now) => now.filter((one) => isServing(one) || !idle.includes(one.name)));
  }

  /** What `Front.change` does, for whoever has the authority. @throws TARGET_FAILED also for a full disk */
  async function decideAnew(
    { fence }: TargetCall,
    decide: (servers: FrontServer[]) => Promise<FrontServer[]> | FrontServer[],
  ): Promise<void> {
    try {
      await front.change(async (servers) => {
        await admit(stateDir, fence);
        return decide(servers);
      });
    } catch (error) {
      if (!(error instanceof Error) || !('syscall' in error)) throw error;
      throw new DevopsError(
        'TARGET_FAILED',
        `who has the traffic of ${environment} cannot be written down, so nothing was changed: ${error.message}`,
        {
          remedy: `Make room in ${stateDir} and let this user write there, then deploy again.`,
          cause: error,
        },
      );
    }
  }

  function refuseLive(servers: readonly FrontServer[], releaseId: string): void {
    const live = servers.find((one) => releaseOfServer(one.name) === releaseId && isServing(one));
    if (!live) return;
    throw new DevopsError('TARGET_FAILED', `release ${live.version} has traffic and cannot be ended`, {
      remedy: 'Give the traffic to another release first.',
    });
  }

  return {
    kind: 'container',
    capabilities: capabilitiesOf.container,
    instances: 1,
    url,
    async problems() {
      const obstacle = (await front.listens()) ? undefined : await listenObstacle(config.host, config.port);
      return [
        ...(await dockerProblems()),
        ...(await haproxyProblems()),
        ...(obstacle === undefined ? [] : [portProblem(config, obstacle)]),
      ];
    },
    async stage(release, call) {
      return { url: `http://127.0.0.1:${await start(release, call)}` };
    },
    activate,
    restore: activate,
    shift,
    async retire(release, call) {
      const servers = await front.decided();
      if (!servers) return; // nothing was ever started here
      await admit(stateDir, call.fence);
      refuseLive(servers, release.id);
      await leave(release.id, call, async () => {
        if (await containers.end(release.id)) call.log(`${release.version} ended`);
      });
      await sweep(call);
    },
    notRestorable: (release) => images.obstacle(release),
    async stop(call) {
      if (!(await front.decided())) return;
      await front.close(
        () => admit(stateDir, call.fence),
        async () => {
          for (const { releaseId } of await containers.list()) await containers.remove(releaseId);
        },
      );
      call.log(`${environment} is out of service`);
    },
    async live() {
      const live = servedBy((await front.serving()) ?? []);
      return live && { releaseId: releaseOfServer(live.name), version: live.version };
    },
    async traffic(release) {
      const latest = latestServer((await front.serving()) ?? [], release.id);
      const counted = latest && (await front.counters(latest.name));
      if (!counted) return undefined;
      const times = new Quantiles();
      for (const timeMs of await front.lastAnswerTimesMs(latest.name)) times.add(timeMs);
      const at = (share: number) => times.at(share) ?? 0;
      return {
        requests: counted.requests,
        errors: counted.errors,
        p50Ms: at(0.5),
        p95Ms: at(0.95),
        p99Ms: at(0.99),
      };
    },
    releaseLog: (release, lines) => containers.lastLines(release.id, lines),
    async prune({ releases, inUse }, call) {
      const servers = await front.decided();
      if (!servers) return;
      await admit(stateDir, call.fence);
      const newest = [...new Set(releases.map(({ id }) => id))].slice(0, config.keep);
      const serving = servers.filter(isServing).map(({ name }) => releaseOfServer(name));
      const needed = new Set([...newest, ...inUse, ...serving]);
      for (const { releaseId, version, runs } of await containers.list()) {
        if (needed.has(releaseId)) continue;
        if (runs) call.log(`ends ${version}, which a run that died left behind`);
        await leave(releaseId, call, () => containers.remove(releaseId));
      }
      await images.prune(needed, call.log);
    },
  };

  async function dockerProblems(): Promise<TargetProblem[]> {
    const outcome = await client.run(['version', '--format', '{{.Server.Version}}']);
    if (outcome.exitCode === 0) return [];
    return [
      {
        what: `"${config.docker} version" fails: ${complaintOf(outcome)}`,
        remedy:
          'Install Docker or Podman, let this user use it, and name in target.passEnvironment what leads there, such as DOCKER_HOST.',
      },
    ];
  }

  async function haproxyProblems(): Promise<TargetProblem[]> {
    const outcome = await runCommand({
      command: `${config.haproxy} -v`,
      workDir: projectDir,
      environment: haproxyEnvironment,
      timeoutMs: 10_000,
    });
    const said = Buffer.from(outcome.stdout).toString('utf8');
    const [, major, minor] = /version (\d+)\.(\d+)/.exec(said) ?? [];
    if (outcome.exitCode === 0 && Number(major) * 100 + Number(minor) >= 205) return [];
    const what =
      outcome.exitCode === 0 ? `is ${said.split('\n')[0]}` : `cannot be run: ${complaintOf(outcome)}`;
    return [
      { what: `"${config.haproxy}" ${what}`, remedy: 'Install haproxy 2.5 or later, or set target.haproxy.' },
    ];
  }
}

/** haproxy lies where daemons lie, which is in no search path of people. */
function withSystemPrograms(environment: Record<string, string>): Record<string, string> {
  return { ...environment, PATH: `${environment.PATH ?? '/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin` };
}
