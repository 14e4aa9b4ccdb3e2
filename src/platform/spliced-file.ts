import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { FileVersion } from './file-version.ts';
import { path, syncFolder } from './files.ts';
import { look, type OpenedFile } from './opened-file.ts';

/** Some bytes of a file and what takes their place. */
export interface Splice {
  start: number;
  end: number;
  content: Uint8Array;
}

/** What a file became. */
export interface Replaced {
  version: FileVersion;
  isFresh: boolean;
}

const chunkSize = 1 << 20;

/** From this size on a copy that shares the old file's blocks is tried first; below, asking costs more than copying. */
const cloneFromBytes = 4 << 20;

/**
 * Replaces a stretch of a file, atomically and durably: a sibling is made that has the new bytes in place of the old
 * ones, synced, and renamed over the file; then the folder is synced. Memory does not grow with the file. Mode and
 * owner are kept, and a symbolic link stays one (its target is replaced).
 *
 * Where the file system can share blocks between files (Btrfs, XFS, APFS), the sibling of a large file is a clone,
 * in which only what differs is written: the new bytes, and what comes after them where it has moved.
 * @param onlyIf asked at the last moment before the rename; when it says no, nothing is replaced
 * @returns what the file is now, or undefined where it was not replaced
 */
export async function spliceFile(
  file: string,
  source: OpenedFile,
  splice: Splice,
  { onlyIf }: { onlyIf: () => Promise<boolean> },
): Promise<Replaced | undefined> {
  const real = await fs.realpath(file).catch(() => file);
  const folder = path.dirname(real);
  const name = `.${path.basename(real)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  const sibling = path.join(folder, name);
  try {
    const handle = await openSibling(real, sibling, source.size);
    try {
      await writeSpliced(handle, source, splice);
      const before = await fs.stat(real);
      await handle.chmod(before.mode);
      await handle.chown(before.uid, before.gid).catch(() => undefined); // only root may; the mode is what counts
      await handle.datasync();
      // A clone is of what the file was when it was made: that too must be the version that was read.
      if (!(await onlyIf())) return await fs.rm(sibling, { force: true }).then(() => undefined);
      await fs.rename(sibling, real);
      await syncFolder(folder);
      return await look(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    await fs.rm(sibling, { force: true });
    throw error;
  }
}

/** A new file beside the old one: a clone of it, or an empty one. */
async function openSibling(real: string, sibling: string, size: number): Promise<fs.FileHandle> {
  const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE } = constants;
  if (size >= cloneFromBytes) {
    const isCloned = await fs
      .copyFile(real, sibling, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE)
      .then(() => true)
      .catch(() => false);
    if (isCloned) return fs.open(sibling, 'r+');
  }
  const { mode } = await fs.stat(real);
  return fs.open(sibling, 'wx', mode);
}

/** Copies with two buffers: while one is written, the next is read. */
async function writeSpliced(handle: fs.FileHandle, source: OpenedFile, splice: Splice): Promise<void> {
  const { start, end, content } = splice;
  const isClone = (await handle.stat()).size > 0;
  if (isClone && content.length === end - start) {
    await writeAll(handle, content, start);
    return;
  }
  const from = isClone ? start : 0;
  const newSize = source.size - (end - start) + content.length;
  const bufferSize = Math.min(chunkSize, newSize - from);
  const buffers = [Buffer.allocUnsafe(bufferSize), Buffer.allocUnsafe(bufferSize)];
  let written = Promise.resolve();
  for (let position = from, turn = 0; position < newSize; position += bufferSize, turn = 1 - turn) {
    const part = (buffers[turn] ?? Buffer.alloc(0)).subarray(0, Math.min(bufferSize, newSize - position));
    await fill(part, position, source, splice);
    await written;
    written = writeAll(handle, part, position);
    written.catch(() => undefined); // thrown where it is awaited
  }
  await written;
  if (isClone) await handle.truncate(newSize);
}

/** Fills a buffer with what the new file holds from a position on. */
async function fill(
  buffer: Buffer,
  position: number,
  source: OpenedFile,
  { start, end, content }: Splice,
): Promise<void> {
  const tailFrom = start + content.length;
  const head = buffer.subarray(0, Math.max(0, start - position));
  await readFully(source, head, position);
  const own = content.subarray(Math.max(0, position - start), Math.max(0, position + buffer.length - start));
  buffer.set(own, head.length);
  const tail = buffer.subarray(head.length + own.length);
  await readFully(source, tail, end + Math.max(0, position - tailFrom));
}

async function readFully(source: OpenedFile, into: Uint8Array, position: number): Promise<void> {
  if (into.length === 0) return;
  if ((await source.read(into, position)) < into.length) throw new Error('the file became shorter meanwhile');
}

async function writeAll(handle: fs.FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
