import { randomBytes } from 'node:crypto';
import { constants, renameSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { FileVersion } from './file-version.ts';
import { path, syncFolder } from './files.ts';
import { look, type OpenedFile } from './opened-file.ts';
import { realPlaceOf } from './shared-files.ts';

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

const chunkSize = 1 << 18;

/** From this size on a copy that shares the old file's blocks is tried first; below, asking costs more than copying. */
const cloneFromBytes = 4 << 20;

/**
 * Replaces a stretch of a file, atomically and durably: a sibling is made that has the new bytes in place of the old
 * ones, synced, and renamed over the file; then the folder is synced. Memory does not grow with the file. Mode and
 * owner are kept, and a symbolic link stays one (its target is replaced).
 *
 * Where the file system can share blocks between files (Btrfs, XFS, APFS), the sibling of a large file is a clone,
 * in which only what differs is written: the new bytes, and what comes after them where it has moved. So is a draft.
 * @param draft a copy that was begun before the splice was known
 * @param onlyIf asked at the last moment before the rename; when it says no, nothing is replaced
 * @returns what the file is now, or undefined where it was not replaced
 */
export async function spliceFile(
  file: string,
  source: OpenedFile,
  splice: Splice,
  { draft, onlyIf }: { draft?: Draft | undefined; onlyIf: () => boolean },
): Promise<Replaced | undefined> {
  const { real, sibling } = draft ?? (await siblingOf(file));
  const folder = path.dirname(real);
  try {
    const handle = (await draft?.open()) ?? (await openSibling(real, sibling, source.size));
    try {
      await writeSpliced(handle, source, splice);
      const before = await fs.stat(real);
      await handle.chmod(before.mode);
      await handle.chown(before.uid, before.gid).catch(() => undefined); // only root may; the mode is what counts
      await handle.datasync();
      // A clone is of what the file was when it was made: that too must be the version that was read.
      if (!onlyIf()) return await fs.rm(sibling, { force: true }).then(() => undefined);
      // At once: whatever another program writes between these two system calls would be lost.
      renameSync(sibling, real);
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

async function siblingOf(file: string): Promise<{ real: string; sibling: string }> {
  const real = await realPlaceOf(file);
  const name = `.${path.basename(real)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  return { real, sibling: path.join(path.dirname(real), name) };
}

/**
 * A copy beside a large file that is made, and on its way to the disk, while it is not yet known what is to be changed:
 * the kernel copies while we read. It is one of a version that may be gone already, which shows before the rename.
 */
export class Draft {
  readonly real: string;
  readonly sibling: string;
  readonly #handle: Promise<fs.FileHandle | undefined>;
  #isTaken = false;

  private constructor({ real, sibling }: { real: string; sibling: string }) {
    this.real = real;
    this.sibling = sibling;
    this.#handle = copy(real, sibling).catch(() => undefined);
  }

  /** @returns undefined where the file is not large enough to be worth it */
  static async begin(file: string, size: number): Promise<Draft | undefined> {
    return size < cloneFromBytes ? undefined : new Draft(await siblingOf(file));
  }

  /** The copy, whole; whoever opens it closes and removes it. @returns undefined where it could not be made */
  async open(): Promise<fs.FileHandle | undefined> {
    this.#isTaken = true;
    const handle = await this.#handle;
    if (!handle) await fs.rm(this.sibling, { force: true });
    return handle;
  }

  /** Removes the copy, unless it was opened. */
  async discard(): Promise<void> {
    if (this.#isTaken) return;
    await (await this.#handle)?.close();
    await fs.rm(this.sibling, { force: true });
  }
}

async function copy(real: string, sibling: string): Promise<fs.FileHandle> {
  await fs.copyFile(real, sibling, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const handle = await openCopy(sibling);
  handle.datasync().catch(() => undefined); // begins to write; what fails shows when it is waited for at the end
  return handle;
}

/** Whoever may write into the folder could put a link in the place of the copy. */
async function openCopy(sibling: string): Promise<fs.FileHandle> {
  const { O_RDONLY, O_RDWR, O_NOFOLLOW } = constants;
  const locked = await fs.open(sibling, O_RDONLY | O_NOFOLLOW);
  await locked.chmod(0o600).finally(() => locked.close()); // one that nobody may write would not open
  return fs.open(sibling, O_RDWR | O_NOFOLLOW);
}

/** A new file beside the old one: a clone of it, or an empty one. */
async function openSibling(real: string, sibling: string, size: number): Promise<fs.FileHandle> {
  const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE } = constants;
  if (size >= cloneFromBytes) {
    const isCloned = await fs
      .copyFile(real, sibling, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE)
      .then(() => true)
      .catch(() => false);
    if (isCloned) return openCopy(sibling);
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
