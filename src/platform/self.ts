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

/**
 * Lets V8 compile for speed only what runs very often (a long log, a large report), not everything that a start runs
 * through. By major version of V8, whose names for it differ: Node does not start with a flag that it does not know.
 */
const optimizeLate: Readonly<Record<string, readonly string[]>> = {
  11: ['--interrupt-budget=2000000'],
  12: ['--invocation-count-for-turbofan=30000', '--invocation-count-for-maglev=30000'],
  13: ['--invocation-count-for-turbofan=30000', '--invocation-count-for-maglev=30000'],
};

/** The same for a process that mostly waits: less room for young objects, and late optimization, save it 10 MB. */
export const runnerCommand: readonly [program: string, ...args: string[]] = [
  selfCommand[0],
  '--max-semi-space-size=1',
  ...(optimizeLate[Number.parseInt(process.versions.v8, 10)] ?? []),
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
