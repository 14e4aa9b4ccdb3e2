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

const stretchBytes = 256 * 1024;
/** The part of a log that one question reads at most, from its end. */
const searchedBytes = 256 * stretchBytes;
const longestLineBytes = 4 * stretchBytes;

export interface LogExcerpt {
  lines: string[];
  /** True when older lines exist that were not looked at or not returned. */
  truncated: boolean;
}

/**
 * The last lines of a log, at most `lines`, of those that contain `match` (case-insensitive) where one is given. Reads
 * backwards and no further than needed; a search looks at the last 64 MiB.
 */
export async function readLog(
  file: string,
  { lines, match }: { lines: number; match?: string },
): Promise<LogExcerpt> {
  const handle = await fs.open(file, 'r').catch(() => undefined);
  if (!handle) return { lines: [], truncated: false };
  try {
    const wanted = match?.toLowerCase();
    const found: string[] = [];
    for await (const line of linesFromEnd(handle)) {
      if (line === undefined) return { lines: found.reverse(), truncated: true };
      if (wanted !== undefined && !line.toLowerCase().includes(wanted)) continue;
      if (found.length === lines) return { lines: found.reverse(), truncated: true };
      found.push(line);
    }
    return { lines: found.reverse(), truncated: false };
  } finally {
    await handle.close();
  }
}

/** Lines, the last one first; undefined at the end where older ones were not looked at. */
async function* linesFromEnd(handle: fs.FileHandle): AsyncGenerator<string | undefined> {
  const { size } = await handle.stat();
  const oldest = Math.max(0, size - searchedBytes);
  let rest: Buffer = Buffer.alloc(0); // the end of a line whose beginning stands further in front
  let isLast = true;
  for (let end = size; end > oldest; ) {
    const start = Math.max(oldest, end - stretchBytes);
    const stretch = Buffer.alloc(end - start);
    await handle.read(stretch, 0, stretch.length, start);
    const text = Buffer.concat([stretch, rest]);
    const lines = splitAtLineEnds(text);
    rest = (lines.shift() ?? text).subarray(-longestLineBytes);
    for (const line of lines.reverse()) {
      if (!isLast || line.length > 0) yield line.toString('utf8'); // the text behind the last line end is no line
      isLast = false;
    }
    end = start;
  }
  if (oldest > 0) yield undefined;
  else if (rest.length > 0 || !isLast) yield rest.toString('utf8');
}

function splitAtLineEnds(text: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = text.indexOf(10); end !== -1; end = text.indexOf(10, start)) {
    lines.push(text.subarray(start, end));
    start = end + 1;
  }
  lines.push(text.subarray(start));
  return lines;
}
