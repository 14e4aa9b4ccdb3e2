/** What the result of a `prepare` command depends on, where that is known for certain. Pure. */

/** Files that say which packages are installed and how. */
const manifests: ReadonlySet<string> = new Set([
  'package.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'bun.lock',
  'bun.lockb',
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
]);

const locks: ReadonlySet<string> = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'bun.lockb',
]);

/** An install and nothing else: no second command, no variable, no redirection. */
const plainInstall =
  /^(npm (ci|install|i)|yarn( install)?|pnpm (install|i)|bun (install|i))( --?[\w=./-]+)*$/;

/** Scripts of a project's own that an install runs: they may read any file. */
const ownScripts = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
];

/**
 * The files of a commit that decide what an install makes.
 * @param files every file of the commit, relative to its top
 * @returns none where the command is not known, or no lock file pins what it makes
 */
export function installInputs(prepare: string, files: readonly string[]): string[] {
  if (!plainInstall.test(prepare.trim())) return [];
  const inputs = files.filter((file) => manifests.has(nameOf(file)) && !file.includes('node_modules/'));
  return inputs.some((file) => locks.has(nameOf(file))) ? inputs : [];
}

/** Whether an install would run scripts of the project itself. @param text of a `package.json` */
export function runsOwnScripts(text: string): boolean {
  try {
    const { scripts } = JSON.parse(text) as { scripts?: Record<string, unknown> };
    return ownScripts.some((name) => scripts?.[name] !== undefined);
  } catch {
    return true; // whatever it is, it is not known
  }
}

export function isPackageManifest(file: string): boolean {
  return nameOf(file) === 'package.json';
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
