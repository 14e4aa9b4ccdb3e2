import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

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

/** Ends every process that carries the mark. @returns how many there were */
export async function endStrays(mark: string): Promise<number> {
  const wanted = Buffer.from(`${strayMark}=${mark}\0`);
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  let ended = 0;
  for (const pid of pids) {
    if (Number(pid) === process.pid) continue;
    const environment = await readFile(`/proc/${pid}/environ`).catch(() => undefined);
    if (!environment || !Buffer.concat([environment, Buffer.from('\0')]).includes(wanted)) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
      ended += 1;
    } catch {
      // it ended by itself meanwhile
    }
  }
  return ended;
}
