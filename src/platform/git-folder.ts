import { DevopsError } from '../errors.ts';
import { path } from './files.ts';
import { nextObject } from './git-objects.ts';
import { catFile, mustGit } from './git-program.ts';

/** A folder as a commit has it, read without a checkout. */

export interface FolderLimits {
  files: number;
  bytes: number;
}

/** Contents by path below the folder, with `/`. */
export type CommittedFolder = ReadonlyMap<string, Buffer>;

/**
 * @param dir in the repository; `folder` is below it
 * @returns undefined where the commit has no such folder
 * @throws GIT_FAILED for more than the limits, and for what is no file: a link, a submodule
 */
export async function readCommittedFolder(
  dir: string,
  { sha, folder, limits }: { sha: string; folder: string; limits: FolderLimits },
): Promise<CommittedFolder | undefined> {
  const below = path.posix.normalize(`${folder}/`);
  const refused = (what: string, remedy: string) =>
    new DevopsError('GIT_FAILED', `${folder} of ${sha.slice(0, 12)} ${what}`, { remedy });
  const listed = await mustGit(dir, ['ls-tree', '-r', '-l', '-z', sha, '--', below]);
  // "100644 blob <object> <size>\t<path>"
  const entries = listed
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [, mode = '', object = '', size, name = ''] =
        /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(entry) ?? [];
      return { mode, object, bytes: Number(size), name: below === './' ? name : name.slice(below.length) };
    });
  if (entries.length === 0) return undefined;
  const odd = entries.find(({ mode, name }) => !mode.startsWith('100') || !isPlain(name));
  if (odd) {
    throw refused(
      `has something that is no file of its own: ${odd.name}`,
      'Commit the file itself in the place of the link or submodule.',
    );
  }
  const bytes = entries.reduce((sum, one) => sum + one.bytes, 0);
  if (entries.length > limits.files || bytes > limits.bytes) {
    throw refused(
      `is too large: ${entries.length} files with ${(bytes / 1024 ** 2).toFixed(1)} MiB`,
      `Take away what does not belong there: ${limits.files} files with ${limits.bytes / 1024 ** 2} MiB are the limit.`,
    );
  }
  const contents = new Map<string, Buffer>();
  let answer = await catFile(dir, '--batch', `${entries.map(({ object }) => object).join('\n')}\n`);
  for (const { name } of entries) {
    const found = nextObject(answer);
    if (!found)
      throw refused(`has a file that is missing: ${name}`, 'Fetch the commit from where it is whole.');
    contents.set(name, found.bytes);
    answer = found.rest;
  }
  return contents;
}

/** git itself refuses such names, unless somebody writes the tree by hand. */
function isPlain(name: string): boolean {
  return name.split('/').every((part) => !['', '.', '..', '.git'].includes(part));
}
