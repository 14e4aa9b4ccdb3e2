import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment } from '../../../src/config/schema.ts';
import { type HostCommand, openProcessTarget } from '../../../src/deployments/targets/process.ts';
import type { Target } from '../../../src/deployments/targets/types.ts';
import { freePort } from '../../../src/platform/process-host/ports.ts';
import { socketOf } from '../../../src/platform/process-host/protocol.ts';
import { readHostState } from '../../../src/platform/process-host/state.ts';
import { isAlive, type ProcessIdentity } from '../../../src/platform/processes.ts';
import { temporaryFolder } from './releases.ts';

/** A process target in a folder of its own, and everything it started, so that a test can end all of it. */
export interface PocketTarget {
  dir: string;
  stateDir: string;
  port: number;
  target: Target;
  /** The same target with other settings, as after an edit of devops.yaml. */
  reopen(config: Record<string, unknown>, serverEnvironment?: Record<string, string>): Target;
  hostPid(): Promise<number>;
  killHost(): Promise<void>;
  /** Pid and process group of a release, by its version. @throws Error when it has none */
  pidOf(version: string): Promise<number>;
  runs(version: string): Promise<boolean>;
  destroy(): Promise<void>;
}

export async function openPocketTarget(hostCommand: HostCommand): Promise<PocketTarget> {
  const dir = await temporaryFolder();
  const stateDir = path.join(dir, 'state');
  const port = await freePort();
  const reopen: PocketTarget['reopen'] = (config, serverEnvironment = {}) =>
    openProcessTarget(
      {
        environment: 'staging',
        project: 'shop',
        projectDir: dir,
        stateDir,
        config: targetConfig({ port, ...config }),
        serverEnvironment: { PATH: process.env.PATH, ...serverEnvironment },
      },
      hostCommand,
    );
  const host = async () => {
    const lock = await fs.readFile(path.join(stateDir, '.host.json.lock'), 'utf8');
    return JSON.parse(lock) as ProcessIdentity;
  };
  const killHost = async () => {
    const identity = await host();
    if (isAlive(identity)) process.kill(identity.pid, 'SIGKILL');
    while (isAlive(identity)) await sleep(10);
  };
  const identityOf = async (version: string) => {
    const state = await readHostState(stateDir);
    return Object.values(state?.releases ?? {}).find((release) => release.version === version)?.process;
  };
  return {
    dir,
    stateDir,
    port,
    target: reopen({}),
    reopen,
    hostPid: async () => (await host()).pid,
    killHost,
    async pidOf(version) {
      const identity = await identityOf(version);
      if (!identity) throw new Error(`${version} does not run`);
      return identity.pid;
    },
    async runs(version) {
      const identity = await identityOf(version);
      return identity !== undefined && isAlive(identity);
    },
    /** From the outside, since the way that is under test may be what is broken. */
    async destroy() {
      await killHost().catch(() => undefined); // there may be none
      const state = await readHostState(stateDir).catch(() => undefined);
      for (const { process: identity } of Object.values(state?.releases ?? {})) {
        if (identity && isAlive(identity)) process.kill(-identity.pid, 'SIGKILL');
      }
      // What was just killed may need a moment, and a held shell ends when it sees that its host is gone.
      for (let wait = 0; wait < 50 && processesIn(dir).length > 0; wait += 1) await sleep(20);
      const left = processesIn(dir);
      for (const pid of left) process.kill(pid, 'SIGKILL');
      await fs.rm(socketOf(stateDir), { force: true });
      await fs.rm(dir, { recursive: true, force: true });
      if (left.length > 0) throw new Error(`processes were left behind: ${left.join(', ')}`);
    },
  };

  function targetConfig(config: Record<string, unknown>) {
    const run = 'exec node service.mjs';
    const { target } = environment.parse({ target: { kind: 'process', run, drain: '2s', ...config } });
    if (target.kind !== 'process') throw new Error('not a process target');
    return target;
  }
}

/** Processes whose current folder lies in `dir`. */
function processesIn(dir: string): number[] {
  const listing = execFileSync('sh', ['-c', 'ls -l /proc/[0-9]*/cwd 2>/dev/null || true'], {
    encoding: 'utf8',
  });
  return listing
    .split('\n')
    .filter((line) => line.includes(`-> ${dir}`))
    .map((line) => Number(/\/proc\/(\d+)\//.exec(line)?.[1]));
}
