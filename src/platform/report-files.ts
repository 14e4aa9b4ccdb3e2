import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import { digestOfFile } from './digest.ts';
import { isErrno, path } from './files.ts';
import { newId } from './identifiers.ts';

/** Report files of checks, which are written by code that we do not trust: links and foreign paths are refused. */

export type OpenedReport = { digest: string; stream: () => AsyncIterable<Uint8Array> } | { problem: string };

/** Takes out of bytes, which come in pieces as texts of one character for each, what must not be kept. */
export interface ByteFilter {
  push(piece: string): string;
  end(): string;
}

/** Deletes the report (or the link) at a path below the checkout, so that an old one cannot be taken for a new one. */
export async function removeReport(workDir: string, file: string): Promise<void> {
  const place = path.resolve(workDir, file);
  if (await isBelow(workDir, path.dirname(place))) await fs.rm(place, { recursive: true, force: true });
}

/** Opens a report and keeps a copy of what `filter` leaves of its bytes under `keepIn/<digest>`; that copy is read. */
export async function openReport(
  source: { bytes: Uint8Array } | { file: string; workDir: string },
  keepIn: string,
  filter: ByteFilter,
): Promise<OpenedReport> {
  await fs.mkdir(keepIn, { recursive: true });
  if ('bytes' in source) {
    if (source.bytes.length === 0) return { problem: 'the command wrote nothing to standard output' };
    return keep([source.bytes], keepIn, filter);
  }
  const place = path.resolve(source.workDir, source.file);
  const stat = await fs.lstat(place).catch(() => undefined);
  if (!stat) return { problem: `the command wrote no ${source.file}` };
  if (!stat.isFile()) return { problem: `${source.file} is not a regular file` };
  if (!(await isBelow(source.workDir, path.dirname(place))))
    return { problem: `${source.file} lies outside the checkout` };
  return keep(createReadStream(place, { highWaterMark: pieceBytes }), keepIn, filter);
}

const pieceBytes = 256 * 1024;

/**
 * Written anew even where there is one: whoever foresaw the report could have put another one in its place. The digest
 * names the bytes that are kept, even if someone still writes.
 */
async function keep(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  keepIn: string,
  filter: ByteFilter,
): Promise<OpenedReport> {
  const draft = path.join(keepIn, `.${newId('ev')}.tmp`);
  const hash = createHash('sha256');
  const handle = await fs.open(draft, 'wx', 0o600);
  try {
    const write = async (text: string) => {
      const bytes = Buffer.from(text, 'latin1');
      hash.update(bytes);
      await handle.writeFile(bytes);
    };
    for await (const { buffer, byteOffset, length } of pieces)
      await write(filter.push(Buffer.from(buffer, byteOffset, length).toString('latin1')));
    await write(filter.end());
  } catch (error) {
    await fs.rm(draft, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  const digest = hash.digest('hex');
  const kept = path.join(keepIn, digest);
  await fs.rename(draft, kept);
  return { digest: `sha256:${digest}`, stream: () => createReadStream(kept) };
}

/** Whether the folder, with every link followed, lies in the checkout. A folder that does not exist holds nothing. */
async function isBelow(workDir: string, folder: string): Promise<boolean> {
  const [root, real] = await Promise.all([fs.realpath(workDir), fs.realpath(folder).catch(() => undefined)]);
  if (real === undefined) return false;
  const below = path.relative(root, real);
  return below === '' || !(below.startsWith('..') || path.isAbsolute(below));
}

/**
 * The beginning of a report that was kept, or undefined where there is none under this digest.
 * @returns `isWhole` false where it was cut; `isGenuine` false where its bytes are not those that the digest names
 */
export async function readKeptReport(
  keptIn: string,
  hex: string,
  maxBytes: number,
): Promise<{ text: string; isWhole: boolean; isGenuine: boolean } | undefined> {
  const file = path.join(keptIn, hex);
  try {
    const isGenuine = (await digestOfFile(file)) === `sha256:${hex}`;
    const handle = await fs.open(file, 'r');
    try {
      const buffer = Buffer.alloc(maxBytes);
      const { bytesRead } = await handle.read(buffer, 0, maxBytes, 0);
      const isWhole = (await handle.stat()).size <= bytesRead;
      return { text: new TextDecoder().decode(buffer.subarray(0, bytesRead)), isWhole, isGenuine };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
