import { capabilitiesOf } from '../../config/capabilities.ts';
import type { ProcessTargetConfig } from '../../config/schema.ts';
import { DevopsError } from '../../errors.ts';
import { path } from '../../platform/files.ts';
import { readLog } from '../../platform/log-file.ts';
import { openHostAccess } from '../../platform/process-host/access.ts';
import { listenObstacle } from '../../platform/process-host/ports.ts';
import { valuesOf } from '../../platform/process-host/protocol.ts';
import { pruneLogs } from '../../platform/process-host/release-log.ts';
import { readHostState } from '../../platform/process-host/state.ts';
import { minimalEnvironment } from '../../platform/processes.ts';
import { makeFolder, pruneReleases, releaseObstacle, unpackRelease } from '../../platform/release-folders.ts';
import { selfCommand } from '../../platform/self.ts';
import { deploymentVariables } from './environment.ts';
import { portProblem, reachable } from './listening.ts';
import { shellProblems } from './shell.ts';
import type { Release, Target, TargetCall, TargetSettings } from './types.ts';

/** Lines of a release that did not start which the log of the deployment keeps. */
const linesKept = 20;

/** Program and arguments that run a process host, without the state folder. */
export type HostCommand = readonly [file: string, ...args: string[]];

/**
 * Processes on this machine: release folders, a process per release on a port of its own, and a front proxy on the
 * fixed port that switches without dropping a request. Everything is owned by a detached process host.
 */
export function openProcessTarget(
  settings: TargetSettings<ProcessTargetConfig>,
  hostCommand: HostCommand = [...selfCommand, 'internal', 'process-host'],
): Target {
  const { config, stateDir, environment, serverEnvironment } = settings;
  const front = { host: config.host, port: config.port };
  const url = `http://${reachable(config.host)}:${config.port}`;
  const releasesDir = path.join(stateDir, 'releases');
  const sharedDir = path.join(stateDir, 'shared');
  const logsDir = path.join(stateDir, 'logs');
  const logOf = (releaseId: string) => path.join(logsDir, `${releaseId}.log`);
  const passed = valuesOf(serverEnvironment, config.passEnvironment);
  const host = openHostAccess({
    stateDir,
    environment,
    hostCommand,
    logFile: path.join(logsDir, 'host.log'),
    // A host that starts crashed releases again has what they are handed through from its own environment.
    hostEnvironment: minimalEnvironment(serverEnvironment, config.passEnvironment),
  });

  async function stage(release: Release, call: TargetCall): Promise<{ url: string }> {
    const { number: fence } = call.fence;
    await host.effect({ do: 'open', fence, front });
    const dir = await unpackRelease(release.artifact, releasesDir, release.id).catch((error: Error) => {
      throw new DevopsError('TARGET_FAILED', `${release.version} cannot be unpacked: ${error.message}`, {
        remedy: `Deploy commit ${release.commit} anew, which builds its artifact again.`,
        cause: error,
      });
    });
    await makeFolder(sharedDir);
    const spec = {
      id: release.id,
      version: release.version,
      dir,
      run: config.run,
      logFile: logOf(release.id),
      passEnvironment: Object.keys(passed),
      environment: serviceEnvironment(release, call),
    };
    try {
      const { port } = await host.effect({ do: 'start', fence, release: spec, passed });
      call.log(`${release.version} listens on port ${port}`);
      return { url: `http://127.0.0.1:${port}` };
    } catch (error) {
      for (const line of await releaseLog(release, linesKept)) call.log(`release: ${line}`);
      throw error;
    }
  }

  function serviceEnvironment(release: Release, { fence, previous }: TargetCall): Record<string, string> {
    return {
      ...minimalEnvironment(serverEnvironment),
      ...config.environment,
      ...deploymentVariables({
        ...release,
        deploymentId: fence.deploymentId,
        release: fence.number,
        previousVersion: previous?.version,
        targetUrl: url,
      }),
      DEVOPS_SHARED_DIR: sharedDir,
    };
  }

  async function releaseLog({ id }: Release, lines: number): Promise<string[]> {
    return (await readLog(logOf(id), { lines })).lines;
  }

  async function activate(release: Release, call: TargetCall): Promise<void> {
    await stage(release, call);
    await host.effect({ do: 'switch', fence: call.fence.number, releaseId: release.id });
    call.log(`all traffic goes to ${release.version}`);
  }

  return {
    kind: 'process',
    capabilities: capabilitiesOf.process,
    instances: 1,
    url,
    async problems() {
      const ours = (await host.status())?.front;
      const isOurs = ours?.host === front.host && ours.port === front.port;
      const obstacle = isOurs ? undefined : await listenObstacle(front.host, front.port);
      return [
        ...(await shellProblems({ run: config.run })),
        ...(obstacle === undefined ? [] : [portProblem(front, obstacle)]),
      ];
    },
    stage,
    activate,
    restore: activate,
    async shift(release, percent, call) {
      await stage(release, call);
      await host.effect({ do: 'shift', fence: call.fence.number, releaseId: release.id, percent });
      call.log(`${percent}% of the traffic goes to ${release.version}`);
    },
    async retire(release, { fence, log }) {
      if (!(await readHostState(stateDir))) return; // nothing was ever started here
      const { number } = fence;
      await host.effect({ do: 'retire', fence: number, releaseId: release.id, drainMs: config.drain });
      log(`${release.version} ended`);
    },
    notRestorable: (release) => releaseObstacle(release.artifact, releasesDir, release.id),
    async stop({ fence, log }) {
      if (!(await readHostState(stateDir))) return;
      await host.effect({ do: 'stop', fence: fence.number });
      log(`${environment} is out of service`);
    },
    async live() {
      const live = (await host.status())?.live;
      return live && { releaseId: live.id, version: live.version };
    },
    traffic: (release) => host.traffic(release.id),
    releaseLog,
    async prune({ releases, inUse }, { fence, log }) {
      const newest = [...new Set(releases.map(({ id }) => id))].slice(0, config.keep);
      const needed = new Set([...newest, ...inUse]);
      const running = await host.status();
      for (const { id, version } of running?.releases ?? []) {
        if (id === running?.live?.id || needed.has(id)) continue;
        log(`ends ${version}, which a run that died left behind`);
        await host.effect({ do: 'retire', fence: fence.number, releaseId: id, drainMs: config.drain });
      }
      // From the file, because the releases of a host that was killed still run.
      for (const id of Object.keys((await readHostState(stateDir))?.releases ?? {})) needed.add(id);
      await pruneReleases(releasesDir, needed);
      await pruneLogs(logsDir, needed.add('host'));
    },
  };
}
