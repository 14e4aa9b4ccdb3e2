import * as fs from 'node:fs/promises';

/** A file as other programs may change it at any time: whether it is still the one that was read. */

/** Opaque; equal for a file that nobody wrote or replaced in between. */
export type FileVersion = string;

const maxReads = 5;

/** The version of a file now, or undefined where there is none. */
export async function versionOf(file: string): Promise<FileVersion | undefined> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await fs.stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
