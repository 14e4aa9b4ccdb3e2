import * as fs from 'node:fs/promises';
import { path } from './files.ts';

/** Files of a folder that are kept for a while, with their age. */

export interface KeptFile {
  name: string;
  file: string;
  modifiedAt: Date;
  bytes: number;
}

/** Regular files alone; none where there is no such folder. */
export async function keptFiles(folder: string): Promise<KeptFile[]> {
  const entries = await fs.readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ name }): Promise<KeptFile | undefined> => {
        const file = path.join(folder, name);
        const stat = await fs.stat(file).catch(() => undefined); // removed meanwhile
        return stat && { name, file, modifiedAt: stat.mtime, bytes: stat.size };
      }),
  );
  return found.flatMap((one) => one ?? []).sort((a, b) => (a.name < b.name ? -1 : 1));
}
