import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { now, sleep } from '../clock.ts';
import { path } from '../files.ts';
import { isAlive, type ProcessIdentity, signalGroup, startMarkOf } from '../processes.ts';
import type { ReleaseState } from './protocol.ts';

/** Starts, watches and ends the processes of releases. Each is a process group of its own and survives the host. */

const maxLogBytes = 10 * 1024 * 1024;

/** Starts the release on its port. @throws Error when the shell cannot be started */
export function startRelease({ run, dir, environment, port, logFile }: ReleaseState): ProcessIdentity {
  mkdirSync(path.dirname(logFile), { recursive: true });
  rotate(logFile);
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn('/bin/sh', ['-c', run], {
      cwd: dir,
      env: { ...environment, PORT: String(port) },
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.on('error', () => undefined); // shows as a missing pid
    child.unref();
    if (child.pid === undefined) throw new Error('the shell cannot be started');
    return { pid: child.pid, startMark: startMarkOf(child.pid) ?? 'ended' };
  } finally {
    closeSync(log);
  }
}

/** A log that has grown too large makes room; one older generation is kept. */
function rotate(logFile: string): void {
  try {
    if (statSync(logFile).size > maxLogBytes) renameSync(logFile, `${logFile}.1`);
  } catch {
    // no log yet
  }
}

export function runs({ process: identity }: Pick<ReleaseState, 'process'>): boolean {
  return identity !== undefined && isAlive(identity);
}

const graceMs = 5_000;

/** Ends a process group: asks first, then insists. */
export async function endRelease(identity: ProcessIdentity): Promise<void> {
  if (!isAlive(identity)) return;
  signalGroup(identity.pid, 'SIGTERM');
  const deadline = now().getTime() + graceMs;
  while (isAlive(identity) && now().getTime() < deadline) await sleep(20);
  if (isAlive(identity)) signalGroup(identity.pid, 'SIGKILL');
}

/** Whether something accepts connections on the port. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

/** A port that nobody uses at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
