import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
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

/** The same for a process that mostly waits: its young objects get less room, which is worth a tenth of its memory. */
export const runnerCommand: readonly [program: string, ...args: string[]] = [
  selfCommand[0],
  '--max-semi-space-size=1',
  selfCommand[1],
];

/** Version of this package. */
export const packageVersion: string = (
  JSON.parse(readFileSync(path.join(packageDir, 'package.json'), 'utf8')) as { version: string }
).version;

/** The operating-system user we run as. */
export const userName: string = currentUser();

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`; // a container user without a name
  }
}
