import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { realPlaceOf } from './shared-files.ts';

/** Files, written so that a reader or a crash never meets half of one. */

export { path };

/** The bytes of a file, or undefined where there is none. */
export async function readIfExists(file: string): Promise<Buffer | undefined> {
  try {
    return await fs.readFile(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

export async function readTextIfExists(file: string): Promise<string | undefined> {
  return (await readIfExists(file))?.toString('utf8');
}

export async function exists(file: string): Promise<boolean> {
  try {
    await fs.access(file, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}

export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}

/**
 * Replaces a file atomically and durably: a sibling is written, synced and renamed over it, then the folder is
 * synced. Mode and owner of an existing file are kept, and a symbolic link stays one (its target is replaced).
 * @param onlyIf asked at the last moment before the rename; when it says no, nothing is replaced
 * @returns whether the file was replaced
 */
export async function replaceFile(
  file: string,
  content: Uint8Array | string,
  { onlyIf }: { onlyIf?: () => Promise<boolean> } = {},
): Promise<boolean> {
  const real = await realPlaceOf(file);
  const folder = path.dirname(real);
  const sibling = path.join(
    folder,
    `.${path.basename(real)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`,
  );
  const before = await fs.stat(real).catch(() => undefined);
  const handle = await fs.open(sibling, 'wx', before?.mode ?? 0o644);
  try {
    await handle.writeFile(content);
    if (before) {
      await handle.chmod(before.mode);
      await handle.chown(before.uid, before.gid).catch(() => undefined); // only root may; the mode is what counts
    }
    await handle.sync();
    await handle.close();
    if (onlyIf && !(await onlyIf())) {
      await fs.rm(sibling, { force: true });
      return false;
    }
    await fs.rename(sibling, real);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await fs.rm(sibling, { force: true });
    throw error;
  }
  await syncFolder(folder);
  return true;
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The names in a folder; none where there is no such folder. */
export async function listFolder(folder: string): Promise<string[]> {
  return fs.readdir(folder).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return [];
    throw error;
  });
}

export async function removeFile(file: string): Promise<void> {
  await fs.rm(file, { force: true });
}
