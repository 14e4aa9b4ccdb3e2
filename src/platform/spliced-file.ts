import { randomBytes } from 'node:crypto';
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

/**
 * Replaces a stretch of a file, atomically and durably: the old bytes are copied into a sibling, with the new ones in
 * their place, synced, and renamed over the file; then the folder is synced. Memory does not grow with the file. Mode
 * and owner are kept, and a symbolic link stays one (its target is replaced).
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
  const before = await fs.stat(real);
  const handle = await fs.open(sibling, 'wx', before.mode);
  try {
    await writeSpliced(handle, source, splice);
    await handle.chmod(before.mode);
    await handle.chown(before.uid, before.gid).catch(() => undefined); // only root may; the mode is what counts
    await handle.datasync();
    if (!(await onlyIf())) {
      await fs.rm(sibling, { force: true });
      return undefined;
    }
    await fs.rename(sibling, real);
    await syncFolder(folder);
    return await look(handle);
  } catch (error) {
    await fs.rm(sibling, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** Copies with two buffers: while one is written, the next is read. */
async function writeSpliced(
  handle: fs.FileHandle,
  source: OpenedFile,
  { start, end, content }: Splice,
): Promise<void> {
  const size = Math.min(chunkSize, source.size + content.length);
  const buffers = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
  const parts = partsOf(source.size, { start, end, content });
  let written = Promise.resolve();
  let turn = 0;
  for (;;) {
    const buffer = buffers[turn] ?? Buffer.alloc(0);
    const filled = await parts.fill(buffer, source);
    await written;
    if (filled === 0) return;
    written = writeAll(handle, buffer.subarray(0, filled));
    written.catch(() => undefined); // thrown where it is awaited
    turn = 1 - turn;
  }
}

/** The new file from its beginning to its end, a buffer at a time. */
function partsOf(size: number, { start, end, content }: Splice) {
  let position = 0; // in the new file
  const tailFrom = start + content.length;
  return {
    async fill(buffer: Buffer, source: OpenedFile): Promise<number> {
      let filled = 0;
      while (filled < buffer.length) {
        const room = buffer.subarray(filled);
        let count: number;
        if (position < start) {
          count = await source.read(room.subarray(0, start - position), position);
          if (count === 0) throw new Error('the file became shorter while it was copied');
        } else if (position < tailFrom) {
          const rest = content.subarray(position - start, position - start + room.length);
          room.set(rest);
          count = rest.length;
        } else {
          const from = end + position - tailFrom;
          if (from >= size) break;
          count = await source.read(room.subarray(0, size - from), from);
          if (count === 0) throw new Error('the file became shorter while it was copied');
        }
        filled += count;
        position += count;
      }
      return filled;
    },
  };
}

async function writeAll(handle: fs.FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}
