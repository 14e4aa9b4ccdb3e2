import { type BigIntStats, statSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { isErrno } from './files.ts';
import { openToRead } from './shared-files.ts';

/** Files that other programs change at any time: what was read, and whether it is still what is there. */

/** Opaque; differs as soon as anyone wrote or replaced the file (within the resolution of the kernel's clock). */
export type FileVersion = string;

export interface VersionedBytes {
  bytes: Buffer;
  version: FileVersion;
}

const maxReads = 10;

/** The version of a file as it is now; undefined where there is none. */
export async function versionOf(file: string): Promise<FileVersion | undefined> {
  try {
    return versionFrom(await fs.stat(file, { bigint: true }));
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** As `versionOf`, at once: for who acts on it the next moment, without giving up the thread between. */
export function versionNow(file: string): FileVersion | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && versionFrom(stat);
}

/**
 * Reads a file together with its version; reads again when someone wrote into it meanwhile. Undefined where there
 * is none.
 */
export async function readVersioned(file: string): Promise<VersionedBytes | undefined> {
  let read = await readOnce(file);
  for (let reads = 1; read && !read.isStable && reads < maxReads; reads += 1) read = await readOnce(file);
  return read;
}

async function readOnce(file: string): Promise<(VersionedBytes & { isStable: boolean }) | undefined> {
  let handle: fs.FileHandle;
  try {
    handle = await openToRead(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
  try {
    const version = versionFrom(await handle.stat({ bigint: true }));
    const bytes = await handle.readFile();
    const after = versionFrom(await handle.stat({ bigint: true }));
    return { bytes, version, isStable: version === after };
  } finally {
    await handle.close();
  }
}

export function versionFrom({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileVersion {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}
