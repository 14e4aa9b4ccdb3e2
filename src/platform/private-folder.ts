import * as fs from 'node:fs/promises';
import { path } from './files.ts';

/**
 * Puts files into a new folder that only this user can read, and takes it away when the work is done. What runs that
 * were killed left in `intoDir` goes first: one caller at a time.
 * @param files contents by path below the folder, with `/`
 */
export async function withPrivateFolder<T>(
  intoDir: string,
  files: ReadonlyMap<string, Uint8Array | string>,
  work: (placeOf: (name: string) => string) => Promise<T>,
): Promise<T> {
  await fs.rm(intoDir, { recursive: true, force: true });
  await fs.mkdir(intoDir, { recursive: true, mode: 0o700 });
  const placeOf = (name: string) => path.join(intoDir, ...name.split('/'));
  try {
    for (const [name, content] of files) {
      await fs.mkdir(path.dirname(placeOf(name)), { recursive: true });
      await fs.writeFile(placeOf(name), content, { mode: 0o600 });
    }
    return await work(placeOf);
  } finally {
    await fs.rm(intoDir, { recursive: true, force: true });
  }
}
