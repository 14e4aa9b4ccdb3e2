import { readSync } from 'node:fs';
import type * as fs from 'node:fs/promises';
import { type FileVersion, versionFrom } from './file-version.ts';
import { isErrno } from './files.ts';
import { openToRead } from './shared-files.ts';

/** The clocks that stamp files tick every 10 ms at the slowest; two writes within a tick bear the same stamp. */
const tickMs = 20;

/** Up to this size a file is read at once, so that what is read of it is of one moment. */
const wholeBytes = 1 << 20;

/** A read of so little takes microseconds; handing it to another thread and back takes many times as long. */
const instantBytes = 1 << 18;

/**
 * One version of a file that other programs change at any time. Who replaces the file does not change what is read
 * here; who writes into it does, and `isUnchanged` tells.
 */
export class OpenedFile {
  readonly size: number;
  readonly version: FileVersion;
  /** The file was changed so recently that a change of this very moment would not show in its version. */
  readonly isFresh: boolean;
  /** For a thread that reads the same file. */
  readonly fd: number;
  readonly #handle: fs.FileHandle;
  #isReadWhole: boolean;
  #whole: Promise<Uint8Array> | undefined;
  /** Known once all of it is read: what happens afterwards does not matter. */
  #wasUnchanged: boolean | undefined;

  private constructor(handle: fs.FileHandle, seen: Seen) {
    this.#handle = handle;
    this.fd = handle.fd;
    this.size = seen.size;
    this.version = seen.version;
    this.isFresh = seen.isFresh;
    this.#isReadWhole = seen.size <= wholeBytes;
  }

  /** @returns undefined where there is no such file */
  static async open(file: string): Promise<OpenedFile | undefined> {
    let handle: fs.FileHandle;
    try {
      handle = await openToRead(file);
    } catch (error) {
      if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
      throw error;
    }
    try {
      return new OpenedFile(handle, await look(handle));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Only a few entries are wanted, of a version that is old enough to show every change: no need to read it all. */
  readInParts(): void {
    this.#isReadWhole = false;
  }

  /** Fills `into` from `position` on. @returns how many bytes there were, fewer than asked only at the end */
  async read(into: Uint8Array, position: number): Promise<number> {
    if (!this.#isReadWhole) return this.#readPart(into, position);
    this.#whole ??= this.#readWhole();
    const part = (await this.#whole).subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  async #readWhole(): Promise<Uint8Array> {
    const bytes = new Uint8Array(this.size);
    const read = bytes.subarray(0, await this.#readPart(bytes, 0));
    this.#wasUnchanged = (await look(this.#handle)).version === this.version;
    return read;
  }

  async #readPart(into: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const [length, at] = [into.length - filled, position + filled];
      const bytesRead =
        length <= instantBytes
          ? readSync(this.fd, into, filled, length, at)
          : (await this.#handle.read(into, filled, length, at)).bytesRead;
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }

  /** Whether what was read is of one version: nobody has written into the file between. */
  async isUnchanged(): Promise<boolean> {
    return this.#wasUnchanged ?? (await look(this.#handle)).version === this.version;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

interface Seen {
  size: number;
  version: FileVersion;
  isFresh: boolean;
}

/** What the stamps of an open file say now. @throws EISDIR where it is a folder */
export async function look(handle: fs.FileHandle): Promise<Seen> {
  const stat = await handle.stat({ bigint: true });
  if (stat.isDirectory()) throw Object.assign(new Error('EISDIR: it is a directory'), { code: 'EISDIR' });
  const ageMs = Date.now() - Number(stat.mtimeMs);
  return { size: Number(stat.size), version: versionFrom(stat), isFresh: ageMs < tickMs };
}
