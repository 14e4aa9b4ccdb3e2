import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where this package lives, from the bundle in dist/ as well as from the sources. */
export const packageDir: string = findPackageDir(path.dirname(fileURLToPath(import.meta.url)));

function findPackageDir(from: string): string {
  let folder = from;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${from}`);
    folder = parent;
  }
  return folder;
}

/** Program and first argument that start this very version of the command line. */
export const selfCommand: readonly [program: string, script: string] = [
  process.execPath,
  path.join(packageDir, 'dist', 'cli.js'),
];
