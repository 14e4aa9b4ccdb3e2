import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { sleep, waitUntil } from '../clock.ts';
import { path } from '../files.ts';
import { groupRuns, isAlive, type ProcessIdentity, signalGroup, startMarkOf } from '../processes.ts';
import { graceMs } from './protocol.ts';
import type { ReleaseState } from './state.ts';

const pollIntervalMs = 20;
const adoptedPollIntervalMs = 250;

/** Waits for a word on descriptor 3. Without it (the host was killed before it could write down the pid) nothing runs. */
const heldScript = 'IFS= read -r go <&3 || exit 1; exec 3<&-; exec /bin/sh -c "$1"';

export interface HeldProcess {
  identity: ProcessIdentity;
  /** How it ended, once it has. */
  gone: Promise<string>;
  /** Lets it run. */
  go(): void;
}

/** Spawns the release's shell, which does not begin before `go`. */
export async function spawnHeld(state: ReleaseState, passed: Record<string, string>): Promise<HeldProcess> {
  await fs.mkdir(path.dirname(state.logFile), { recursive: true });
  const log = openSync(state.logFile, 'a', 0o600);
  try {
    const child = spawn('/bin/sh', ['-c', heldScript, 'release', state.run], {
      cwd: state.dir,
      env: { ...passed, ...state.environment, PORT: String(state.port) },
      detached: true,
      stdio: ['ignore', log, log, 'pipe'],
    });
    const gone = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) =>
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
      );
    });
    if (child.pid === undefined) throw new Error(await gone);
    const gate = child.stdio[3] as Writable;
    gate.on('error', () => undefined); // it ended before it was let go, which shows by itself
    return {
      identity: { pid: child.pid, startMark: startMarkOf(child.pid) ?? 'ended' },
      gone,
      go: () => gate.end('\n'),
    };
  } finally {
    closeSync(log);
  }
}

/** Settles when a process that is not our child has ended. */
export async function untilGone(identity: ProcessIdentity): Promise<void> {
  while (isAlive(identity)) await sleep(adoptedPollIntervalMs);
}

/** Ends a whole process group: asks first, then insists. Settles when it is gone. */
export async function endGroup(identity: ProcessIdentity): Promise<void> {
  if (!isAlive(identity)) return;
  signalGroup(identity.pid, 'SIGTERM');
  await waitUntil(async () => (groupRuns(identity.pid) ? undefined : true), {
    timeoutMs: graceMs,
    intervalMs: pollIntervalMs,
  });
  signalGroup(identity.pid, 'SIGKILL');
  while (isAlive(identity)) await sleep(pollIntervalMs);
}
