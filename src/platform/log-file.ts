import { appendFileSync, mkdirSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { timestamp } from './clock.ts';
import { path } from './files.ts';

/** Log files of runs: one line per event, with its time, appended at once so that a crash loses nothing. */

/** @param redaction takes secrets out of lines, those among them that go over several */
export function logTo(
  file: string,
  redaction: { lines(): (line: string) => string },
): (line: string) => void {
  mkdirSync(path.dirname(file), { recursive: true });
  const redact = redaction.lines();
  return (line) => appendFileSync(file, `${timestamp()} ${redact(line)}\n`, { mode: 0o600 });
}

const tailBytes = 256 * 1024;

export interface LogExcerpt {
  lines: string[];
  /** True when older lines exist that were not looked at or not returned. */
  truncated: boolean;
}

/** The last lines of a log, at most `lines`, of those that contain `match` (case-insensitive) where one is given. */
export async function readLog(
  file: string,
  { lines, match }: { lines: number; match?: string },
): Promise<LogExcerpt> {
  const handle = await fs.open(file, 'r').catch(() => undefined);
  if (!handle) return { lines: [], truncated: false };
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - tailBytes);
    const buffer = Buffer.alloc(size - start);
    await handle.read(buffer, 0, buffer.length, start);
    const all = buffer.toString('utf8').split('\n');
    if (all.at(-1) === '') all.pop();
    if (start > 0) all.shift(); // begins in the middle of a line
    const wanted =
      match === undefined ? all : all.filter((line) => line.toLowerCase().includes(match.toLowerCase()));
    return { lines: wanted.slice(-lines), truncated: start > 0 || wanted.length > lines };
  } finally {
    await handle.close();
  }
}
