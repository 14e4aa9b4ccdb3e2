import { readFileSync } from 'node:fs';

export interface Memory {
  /** Resident now. */
  nowMb: number;
  /** The most that ever was resident. */
  peakMb: number;
}

/** What the kernel says of a process that runs; undefined once it is gone. */
export function memoryOf(pid: number): Memory | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const now = /VmRSS:\s+(\d+)/.exec(status)?.[1];
    const peak = /VmHWM:\s+(\d+)/.exec(status)?.[1];
    if (now === undefined || peak === undefined) return undefined;
    return { nowMb: Number(now) / 1024, peakMb: Number(peak) / 1024 };
  } catch {
    return undefined;
  }
}
