import { DevopsError } from '../../../errors.ts';
import { checkOut } from '../../../platform/checkout.ts';
import { exists, path, readTextIfExists, removeFile, replaceFile } from '../../../platform/files.ts';
import { openRepository } from '../../../platform/git.ts';
import {
  adoptFiles,
  isComplete,
  makeFolder,
  pointLink,
  pruneReleases,
} from '../../../platform/release-folders.ts';
import type { Release } from '../types.ts';

/**
 * The compose file of a release, with everything beside it in its commit: a folder per release, and a link `current` to
 * the one that Compose works on. Through the link a service whose definition stays the same stays as it is, though the
 * files that it mounts are those of another release.
 */

const overrideName = 'override.yaml';
/** Where the project is below the top of its repository, all of which is checked out. */
const belowName = 'project-folder';

export interface ComposeFilesSettings {
  /** Of the project, in the user's working tree. */
  projectDir: string;
  stateDir: string;
  /** The compose file, below the project's folder. */
  file: string;
}

export interface ComposeFiles {
  /**
   * Puts the files of the release's commit into its folder.
   * @returns the compose file and ours, in its own folder
   * @throws TARGET_FAILED when the commit has no such file
   */
  place(release: Release, override: (composeFile: string) => Promise<string>): Promise<string[]>;
  /** Makes a placed release the current one. @returns the compose file and ours, through the link */
  makeCurrent(release: Release): Promise<string[]>;
  /** The files through the link; undefined when nothing is current. */
  current(): Promise<string[] | undefined>;
  forgetCurrent(): Promise<void>;
  /** Why the files cannot be had any more, or undefined. */
  obstacle(release: Release): Promise<string | undefined>;
  prune(kept: ReadonlySet<string>): Promise<void>;
}

export function openComposeFiles({ projectDir, stateDir, file }: ComposeFilesSettings): ComposeFiles {
  const releasesDir = path.join(stateDir, 'releases');
  const link = path.join(stateDir, 'current');

  /** Ours lies beside the files of the commit, not among them: what a commit puts there leads nowhere. */
  const filesIn = async (folder: string) => {
    const below = (await readTextIfExists(path.join(folder, belowName))) ?? '';
    return [path.join(folder, 'files', below, file), path.join(folder, overrideName)];
  };

  async function checkOutRelease({ commit, id }: Release): Promise<string> {
    const folder = path.join(releasesDir, id);
    if (await isComplete(folder, commit)) return folder;
    const repository = await openRepository(projectDir);
    const checkout = await checkOut(repository, {
      sha: commit,
      purpose: 'compose',
      projectDir,
      worktreesDir: path.join(stateDir, 'checkouts', 'worktrees'),
    });
    try {
      const below = path.relative(checkout.dir, checkout.projectDir);
      await removeFile(path.join(checkout.dir, '.git')); // it names a checkout that is gone
      await adoptFiles(checkout.dir, { releasesDir, id, mark: commit });
      await replaceFile(path.join(folder, belowName), below);
      return folder;
    } finally {
      await checkout.remove();
    }
  }

  return {
    async place(release, override) {
      await makeFolder(stateDir);
      const [composeFile = '', ours = ''] = await filesIn(await checkOutRelease(release));
      if (!(await exists(composeFile))) {
        throw new DevopsError('TARGET_FAILED', `there is no ${file} in ${release.version}`, {
          remedy: 'Commit it, or set target.file in devops.yaml to the compose file.',
        });
      }
      await replaceFile(ours, await override(composeFile));
      return [composeFile, ours];
    },
    async makeCurrent({ id }) {
      await pointLink(link, path.join('releases', id));
      return filesIn(link);
    },
    async current() {
      const files = await filesIn(link);
      return (await exists(String(files[1]))) ? files : undefined;
    },
    forgetCurrent: () => removeFile(link),
    async obstacle({ id, commit }) {
      if (await isComplete(path.join(releasesDir, id), commit)) return undefined;
      try {
        await (await openRepository(projectDir)).resolve(commit);
        return undefined;
      } catch (error) {
        return `its compose file cannot be had: ${(error as Error).message}`;
      }
    },
    prune: (kept) => pruneReleases(releasesDir, kept),
  };
}
