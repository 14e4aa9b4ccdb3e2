import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Processes that left the group of the command which started them (`setsid`, daemons) are found again by a mark in
 * their environment, as Jenkins finds what a build left behind. Linux only: elsewhere there is no /proc to look into.
 * Who empties the environment of a process hides it; that takes intent, and intent is what a sandbox is for.
 */
export const strayMark = 'DEVOPS_RUN';

/** A mark that no other command has. */
export function newStrayMark(): string {
  return randomUUID();
}

/**
 * Ends every process that carries the mark. Reads synchronously: a hundred little reads that each wait for a thread
 * take several times as long, and a check waits for them twice.
 * @returns how many there were
 */
export function endStrays(mark: string): number {
  const wanted = Buffer.from(`${strayMark}=${mark}\0`);
  let ended = 0;
  for (const pid of runningPids()) {
    if (Number(pid) === process.pid) continue;
    try {
      const environment = readFileSync(`/proc/${pid}/environ`);
      if (!Buffer.concat([environment, Buffer.from('\0')]).includes(wanted)) continue;
      process.kill(Number(pid), 'SIGKILL');
      ended += 1;
    } catch {
      // it ended by itself meanwhile, or it is not ours to look into
    }
  }
  return ended;
}

/** Every process, by the names of the folders in /proc. */
export function runningPids(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
