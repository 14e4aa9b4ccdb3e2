import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';

/** The file of a program that can be run, or undefined where no folder of the search path has one. */
export async function findProgram(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(path.delimiter)) {
    if (folder === '') continue;
    const file = path.join(folder, name);
    const isProgram = await fs.access(file, constants.X_OK).then(
      async () => (await fs.stat(file)).isFile(),
      () => false,
    );
    if (isProgram) return file;
  }
  return undefined;
}
