import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { homeTask, isWanted } from './home-board.ts';

/** Boards in files of a wanted size, written once and kept as long as a run lasts (BENCH_KEEP=1: longer). */

export type Format = 'pretty' | 'minified';

export interface BoardFile {
  file: string;
  /** As it was asked for, such as `100MB`. */
  size: string;
  format: Format;
  bytes: number;
  entries: number;
  /** How many entries are what the benchmark filters for. */
  matches: number;
}

const unitBytes: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9 };
const flushLength = 1 << 20;

/** To be raised when the generator changes, or a kept file would stand for what it no longer is. */
const generation = 1;
const folder = path.join(tmpdir(), `devops-engineer-bench-${generation}`);

/** The sizes to measure, from `BENCH_SIZES`. */
export function wantedSizes(setting = process.env.BENCH_SIZES ?? '1MB,100MB,1GB'): string[] {
  const sizes = setting.split(',').map((size) => size.trim());
  for (const size of sizes) bytesOf(size);
  return sizes;
}

export function bytesOf(size: string): number {
  const [, amount, unit = ''] = /^(\d+)(kB|MB|GB)$/.exec(size) ?? [];
  const factor = unitBytes[unit];
  if (factor === undefined) throw new Error(`"${size}" is no size; write it like 100MB`);
  return Number(amount) * factor;
}

/** The board of a size, written now unless it is kept from before. */
export async function boardFile(size: string, format: Format): Promise<BoardFile> {
  const file = path.join(folder, `tasks-${size}-${format}.json`);
  const factsFile = `${file}.facts`;
  const kept = await readFile(factsFile, 'utf8').catch(() => undefined);
  if (kept !== undefined) return { ...JSON.parse(kept), file };
  await mkdir(folder, { recursive: true });
  const facts = { size, format, ...writeBoard(`${file}.part`, bytesOf(size), format) };
  await rename(`${file}.part`, file);
  await writeFile(factsFile, JSON.stringify(facts)); // last: it says that the board is whole
  return { ...facts, file };
}

export async function discardBoards(): Promise<void> {
  if (process.env.BENCH_KEEP === '1') return;
  await rm(folder, { recursive: true, force: true });
}

/** Writes entries until the size is reached, a piece at a time: the whole would not fit into a string. */
function writeBoard(file: string, bytesWanted: number, format: Format) {
  const pretty = format === 'pretty';
  const descriptor = openSync(file, 'w');
  try {
    let bytes = 0;
    let entries = 0;
    let matches = 0;
    let text = '[';
    const flush = () => {
      bytes += writeWhole(descriptor, Buffer.from(text));
      text = '';
    };
    for (; bytes + text.length < bytesWanted; entries += 1) {
      text += `${entries === 0 ? '' : ','}${pretty ? '\n  ' : ''}${entryText(entries, pretty)}`;
      if (isWanted(entries)) matches += 1;
      if (text.length >= flushLength) flush();
    }
    text += pretty ? '\n]\n' : ']';
    flush();
    return { bytes, entries, matches };
  } finally {
    closeSync(descriptor);
  }
}

function entryText(index: number, pretty: boolean): string {
  const task = homeTask(index);
  // Line breaks inside of strings are escaped, so every real one is an indentation.
  return pretty ? JSON.stringify(task, null, 2).replaceAll('\n', '\n  ') : JSON.stringify(task);
}

function writeWhole(descriptor: number, content: Buffer): number {
  for (let at = 0; at < content.length; ) at += writeSync(descriptor, content, at);
  return content.length;
}
