import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The most memory that a process had, as Linux tells it. */

/** Waits for a deployment's runner of the project to come and go. @returns its peak in MB */
export async function peakOfRunner(dir: string): Promise<number> {
  const until = Date.now() + 60_000;
  let pid: number | undefined;
  let mb = 0;
  for (; Date.now() < until; await sleep(10)) {
    pid ??= pidsOf(
      (line) => line.includes('internal') && line.includes('deployment') && line.includes(dir),
    )[0];
    if (pid === undefined) continue;
    const now = peakMbOf(pid);
    if (now === undefined) return mb;
    mb = now;
  }
  throw new Error('no runner came and went');
}

/** Node with nothing to do. */
export async function peakOfNode(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 5000)'], { stdio: 'ignore' });
  await sleep(1_000);
  const mb = peakMbOf(child.pid ?? 0) ?? Number.NaN;
  child.kill();
  return mb;
}

function pidsOf(isMeant: (commandLine: string) => boolean): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => {
      try {
        return isMeant(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
      } catch {
        return false;
      }
    });
}

function peakMbOf(pid: number): number | undefined {
  try {
    const [, kb] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kb === undefined ? undefined : Number(kb) / 1_024;
  } catch {
    return undefined;
  }
}
