import type { ProcessTargetConfig } from '../../config/schema.ts';
import { DevopsError } from '../../errors.ts';
import { waitUntil } from '../../platform/clock.ts';
import { exists, path, readTextIfExists, replaceFile } from '../../platform/files.ts';
import { askHost } from '../../platform/process-host/client.ts';
import {
  type HostAnswer,
  type HostRequest,
  type HostState,
  stateFileOf,
} from '../../platform/process-host/protocol.ts';
import { answers } from '../../platform/process-host/supervisor.ts';
import { isAlive, minimalEnvironment, startDetached } from '../../platform/processes.ts';
import {
  lastLines,
  makeFolder,
  pruneReleases,
  releaseObstacle,
  unpackRelease,
} from '../../platform/release-folders.ts';
import { selfCommand } from '../../platform/self.ts';
import { deploymentVariables } from './environment.ts';
import type { Release, Target, TargetCall, TargetProblem, TargetSettings } from './types.ts';

const hostStartMs = 10_000;

/**
 * Processes on this machine: release folders, a process per release on a port of its own, and a front proxy on the
 * fixed port that switches without dropping a request. Everything is owned by a detached process host.
 */
export function openProcessTarget(settings: TargetSettings<ProcessTargetConfig>): Target {
  const { config, stateDir, environment, serverEnvironment } = settings;
  const url = `http://${config.host}:${config.port}`;
  const releasesDir = path.join(stateDir, 'releases');
  const sharedDir = path.join(stateDir, 'shared');
  const logOf = (releaseId: string) => path.join(stateDir, 'logs', `${releaseId}.log`);

  async function ensureHost(): Promise<void> {
    if (await askHost(stateDir, { do: 'status' })) return;
    await makeFolder(path.join(stateDir, 'logs'));
    await writeHostSettings();
    const host = startDetached([...selfCommand, 'internal', 'process-host', '--state', stateDir], {
      workDir: stateDir,
      environment: minimalEnvironment(serverEnvironment),
      logFile: path.join(stateDir, 'logs', 'host.log'),
    });
    const settled = async () =>
      (await askHost(stateDir, { do: 'status' })) ?? (isAlive(host) ? undefined : 'ended');
    await waitUntil(settled, { timeoutMs: hostStartMs });
    // One that ended may have found another host at work.
    if (await askHost(stateDir, { do: 'status' })) return;
    const lines = await lastLines(path.join(stateDir, 'logs', 'host.log'), 3);
    throw failed(
      `the process host of ${environment} does not start: ${lines.join(' | ')}`,
      'Free the port, or set another one in devops.yaml.',
    );
  }

  /** Port and drain time as configured now; everything else as the host before left it. */
  async function writeHostSettings(): Promise<void> {
    const before = await readTextIfExists(stateFileOf(stateDir));
    const known = before === undefined ? { fence: 0, releases: {} } : (JSON.parse(before) as HostState);
    const state: HostState = { ...known, host: config.host, port: config.port, drainMs: config.drain };
    await replaceFile(stateFileOf(stateDir), JSON.stringify(state, null, 1));
  }

  async function ask(request: HostRequest): Promise<Extract<HostAnswer, { ok: true }>> {
    await ensureHost();
    const answer = await askHost(stateDir, request);
    if (answer?.ok) return answer;
    throw failed(
      answer?.why ?? `the process host of ${environment} died during "${request.do}"`,
      'Read the release log with getDeployment, mend the cause, and deploy again.',
    );
  }

  async function stage(release: Release, { fence, previous, log }: TargetCall): Promise<{ url: string }> {
    const dir = await unpackRelease(release.artifact, releasesDir, release.id).catch((error: Error) => {
      throw failed(error.message, `Deploy commit ${release.commit} anew, which builds its artifact again.`);
    });
    await makeFolder(sharedDir);
    const variables = deploymentVariables({
      ...release,
      deploymentId: fence.deploymentId,
      release: fence.number,
      previousVersion: previous?.version,
      targetUrl: url,
    });
    const spec = {
      id: release.id,
      version: release.version,
      dir,
      run: config.run,
      logFile: logOf(release.id),
      environment: {
        ...minimalEnvironment(serverEnvironment, config.passEnvironment),
        ...variables,
        DEVOPS_SHARED_DIR: sharedDir,
        ...config.environment,
      },
    };
    try {
      const { port } = await ask({ do: 'start', fence: fence.number, release: spec });
      log(`${release.version} listens on port ${port}`);
      return { url: `http://127.0.0.1:${port}` };
    } catch (error) {
      for (const line of await lastLines(logOf(release.id), 10)) log(`release: ${line}`);
      throw error;
    }
  }

  async function activate(release: Release, call: TargetCall): Promise<void> {
    await stage(release, call);
    await ask({ do: 'switch', fence: call.fence.number, releaseId: release.id });
    call.log(`all traffic goes to ${release.version}`);
  }

  return {
    kind: 'process',
    capabilities: { stage: true, traffic: true },
    url,
    async problems(): Promise<TargetProblem[]> {
      const ours = await askHost(stateDir, { do: 'status' });
      if (ours || !(await answers(config.port))) return [];
      return [
        {
          what: `port ${config.port} is taken by a program that is not ours`,
          remedy: 'End it, or set another port in devops.yaml.',
        },
      ];
    },
    stage,
    activate,
    restore: activate,
    async retire(release, { fence, log }) {
      if (!(await askHost(stateDir, { do: 'status' }))) return; // without a host nothing of ours is meant to run
      await ask({ do: 'retire', fence: fence.number, releaseId: release.id });
      log(`${release.version} ended`);
    },
    notRestorable: (release) => releaseObstacle(release.artifact, releasesDir, release.id),
    async stop({ fence, log }) {
      if (!(await exists(stateFileOf(stateDir)))) return;
      await ask({ do: 'stop', fence: fence.number });
      log(`${environment} is out of service`);
    },
    async live() {
      const answer = await askHost(stateDir, { do: 'status' });
      const state = answer?.ok ? answer.state : undefined;
      const live = state?.liveId === undefined ? undefined : state.releases[state.liveId];
      return live && { releaseId: live.id, version: live.version };
    },
    async traffic(release) {
      const answer = await askHost(stateDir, { do: 'traffic', releaseId: release.id });
      return answer?.ok ? answer.traffic : undefined;
    },
    releaseLog: (release, lines) => lastLines(logOf(release.id), lines),
    async prune({ releases, inUse }, call) {
      const newest = [...new Set(releases.map(({ id }) => id))].slice(0, config.keep);
      const needed = new Set([...newest, ...inUse]);
      const answer = await askHost(stateDir, { do: 'status' });
      const state = answer?.ok ? answer.state : undefined;
      for (const { id, version } of Object.values(state?.releases ?? {})) {
        if (id === state?.liveId || needed.has(id)) continue;
        call.log(`ends ${version}, which a run that died left behind`);
        await ask({ do: 'retire', fence: call.fence.number, releaseId: id });
      }
      if (state?.liveId !== undefined) needed.add(state.liveId);
      await pruneReleases(releasesDir, needed);
    },
  };
}

function failed(message: string, remedy: string): DevopsError {
  return new DevopsError('TARGET_FAILED', message, { remedy });
}
