import { DevopsError } from '../errors.ts';
import { type CommitObject, commitIdOf, parseCommitObject } from './commit-object.ts';
import { path } from './files.ts';
import { type CommittedFolder, type FolderLimits, readCommittedFolder } from './git-folder.ts';
import { nextObject } from './git-objects.ts';
import { catFile, git, mustGit } from './git-program.ts';

/** The real git, asked by process. Every name that comes from outside is passed as an argument, never as text. */

export interface Commit {
  sha: string;
  tree: string;
  authorName: string;
  authorEmail: string;
  /** ISO 8601. */
  committedAt: string;
  subject: string;
}

export interface Repository {
  /** Top folder of the working tree. */
  readonly dir: string;
  /** @throws UNKNOWN_COMMIT */
  resolve(ref: string): Promise<Commit>;
  /** All that a commit says of itself. @throws GIT_FAILED also where its bytes do not have its id */
  readCommit(sha: string): Promise<CommitObject>;
  /** Commits reachable from `to` and not from `from`, newest first, at most `limit`. */
  between(from: string | undefined, to: string, limit: number): Promise<Commit[]>;
  /** How many commits `to` has that `from` has not; all of them without `from`. */
  countBetween(from: string | undefined, to: string): Promise<number>;
  /** Messages of the commits that `to` has and `from` has not, newest first, at most `limit`. */
  messagesBetween(from: string, to: string, limit: number): Promise<{ sha: string; message: string }[]>;
  /** What differs between two commits; without `from` all that `to` consists of. */
  diffSize(
    from: string | undefined,
    to: string,
  ): Promise<{ files: number; insertions: number; deletions: number }>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** Every file of a commit, relative to its top. */
  files(sha: string): Promise<string[]>;
  /** Where its objects are, for whoever borrows them. */
  readonly storage: { objectsDir: string; shallowFile: string; objectFormat: string };
  /** Every tag as `<object id> refs/tags/<name>`, ordered by name. */
  tags(): Promise<string[]>;
  /**
   * Text of a file of a commit, by its path below the project's folder; undefined where the commit has no regular
   * file there, or one of more than `maxBytes`. Never looks at the working tree.
   */
  readFile(sha: string, file: string, maxBytes: number): Promise<string | undefined>;
  /**
   * The files of a folder of a commit, by its path below the project's folder; undefined where the commit has no such
   * folder. Never looks at the working tree.
   * @throws GIT_FAILED for more than the limits, and for what is no file: a link, a submodule
   */
  readFolder(sha: string, folder: string, limits: FolderLimits): Promise<CommittedFolder | undefined>;
  /** Files that git tracks and that differ from HEAD, in the index or the working tree. */
  modified(): Promise<string[]>;
  /**
   * The note of a commit under `refs/notes/<name>`, or undefined.
   * @throws FILE_FAILED for one of more than `maxBytes`, 1 MiB by default
   */
  readNote(name: string, sha: string, maxBytes?: number): Promise<string | undefined>;
  writeNote(name: string, sha: string, text: string): Promise<void>;
  /** The text of every note under a name; those of more than 1 MiB are left out. */
  notes(name: string): Promise<string[]>;
}

/**
 * Finds a commit and reads it, by one process. Its bytes are held against its id: a loose object can be overwritten with
 * another content.
 * @returns undefined where the name names no commit
 */
async function findCommit(
  dir: string,
  name: string,
): Promise<{ sha: string; commit: CommitObject } | undefined> {
  const found = nextObject(await catFile(dir, '--batch', `${name}^{commit}\n`));
  if (found?.kind !== 'commit') return undefined;
  const { sha, bytes } = found;
  if (commitIdOf(bytes, sha.length) === sha) return { sha, commit: parseCommitObject(bytes) };
  throw damaged(dir, sha);
}

function damaged(dir: string, sha: string): DevopsError {
  return new DevopsError('GIT_FAILED', `the content of commit ${sha} is missing or is not its own`, {
    remedy: `Run "git fsck" in ${dir}, and fetch the commit again from where it is whole.`,
  });
}

function commitOf(
  sha: string,
  { tree, authorName, authorEmail, committedAt, subject }: CommitObject,
): Commit {
  return { sha, tree, authorName, authorEmail, committedAt, subject };
}

const defaultMaxNoteBytes = 1024 ** 2;

const commitFormat = '%H%x00%T%x00%an%x00%ae%x00%cI%x00%s';

function parseCommit(line: string): Commit {
  const [sha = '', tree = '', authorName = '', authorEmail = '', committedAt = '', subject = ''] =
    line.split('\0');
  return { sha, tree, authorName, authorEmail, committedAt: new Date(committedAt).toISOString(), subject };
}

/** @throws NO_REPOSITORY when the folder is in no git repository or the repository has no commit yet */
export async function openRepository(projectDir: string): Promise<Repository> {
  const asked = await git(projectDir, [
    'rev-parse',
    '--path-format=absolute',
    '--show-toplevel',
    '--show-object-format',
    '--git-path',
    'objects',
    '--git-path',
    'shallow',
  ]);
  if (asked.exitCode !== 0) {
    throw new DevopsError('NO_REPOSITORY', `${projectDir} is not inside a git repository`, {
      remedy:
        'Run "git init", commit the project, and call again: only committed code can be proven and deployed.',
    });
  }
  const [dir = '', objectFormat = '', objectsDir = '', shallowFile = ''] = asked.stdout.split('\n');

  const resolve = async (ref: string): Promise<Commit> => {
    // One with a line end would be two questions to git.
    const found = /^-|[\0\n]/.test(ref) ? undefined : await findCommit(dir, ref);
    if (found) return commitOf(found.sha, found.commit);
    throw new DevopsError('UNKNOWN_COMMIT', `"${ref}" names no commit in ${dir}`, {
      remedy:
        'Give a branch, a tag or a commit id that "git rev-parse --verify" accepts here; fetch it first if it is remote.',
    });
  };

  return {
    dir,
    storage: { objectFormat, objectsDir, shallowFile },
    resolve,
    async readCommit(sha) {
      const found = await findCommit(dir, sha);
      if (found?.sha === sha) return found.commit;
      throw damaged(dir, sha);
    },
    async between(from, to, limit) {
      const range = from === undefined ? to : `${from}..${to}`;
      const out = await mustGit(dir, [
        'log',
        '--no-show-signature',
        `--max-count=${limit}`,
        `--format=${commitFormat}`,
        range,
        '--',
      ]);
      return out === '' ? [] : out.split('\n').map(parseCommit);
    },
    async countBetween(from, to) {
      const range = from === undefined ? to : `${from}..${to}`;
      return Number(await mustGit(dir, ['rev-list', '--count', range, '--']));
    },
    async messagesBetween(from, to, limit) {
      const out = await mustGit(dir, [
        ...['log', '--no-show-signature', '-z', `--max-count=${limit}`, '--format=%H%n%B'],
        ...[`${from}..${to}`, '--'],
      ]);
      return out
        .split('\0')
        .filter((entry) => entry !== '')
        .map((entry) => {
          const end = entry.indexOf('\n');
          return { sha: entry.slice(0, end), message: entry.slice(end + 1) };
        });
    },
    async diffSize(from, to) {
      const base = from ?? (await mustGit(dir, ['hash-object', '-t', 'tree', '/dev/null']));
      // Nothing that the repository or the user's git is set to may run here, and renames cost time.
      const out = await mustGit(dir, [
        ...['diff', '--shortstat', '--no-renames', '--no-ext-diff', '--no-textconv', base, to, '--'],
      ]);
      const number = (pattern: RegExp) => Number(pattern.exec(out)?.[1] ?? 0);
      return {
        files: number(/(\d+) files? changed/),
        insertions: number(/(\d+) insertions?/),
        deletions: number(/(\d+) deletions?/),
      };
    },
    async isAncestor(ancestor, descendant) {
      return (await git(dir, ['merge-base', '--is-ancestor', ancestor, descendant])).exitCode === 0;
    },
    async files(sha) {
      return (await mustGit(dir, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', sha]))
        .split('\0')
        .filter((file) => file !== '');
    },
    async tags() {
      const out = await mustGit(dir, ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/tags']);
      return out === '' ? [] : out.split('\n');
    },
    async readFile(sha, file, maxBytes) {
      const entry = await mustGit(projectDir, ['ls-tree', '-l', '-z', sha, '--', file]);
      // "100644 blob <object> <size>\t<path>"; a link has mode 120000, and its text is a path.
      const found = /^100\d{3} blob ([0-9a-f]+) +(\d+)\t([^\0]*)\0?$/.exec(entry);
      const [, object = '', size, name] = found ?? [];
      if (!found || name !== file || Number(size) > maxBytes) return undefined;
      return mustGit(dir, ['cat-file', 'blob', object]);
    },
    readFolder: (sha, folder, limits) => readCommittedFolder(projectDir, { sha, folder, limits }),
    async modified() {
      const out = await mustGit(dir, ['status', '--porcelain', '-z', '--untracked-files=no', '--no-renames']);
      return out.split('\0').flatMap((entry) => (entry === '' ? [] : [entry.slice(3)]));
    },
    async readNote(name, sha, maxBytes = defaultMaxNoteBytes) {
      const note = await git(dir, ['notes', `--ref=${name}`, 'list', sha]);
      if (note.exitCode !== 0) return undefined;
      const size = Number(await mustGit(dir, ['cat-file', '-s', note.stdout]));
      if (size <= maxBytes) return mustGit(dir, ['cat-file', 'blob', note.stdout]);
      const [has, limit] = [size, maxBytes].map((bytes) => `${(bytes / 1024 ** 2).toFixed(1)} MiB`);
      throw new DevopsError('FILE_FAILED', `the note of ${sha} under refs/notes/${name} has ${has}`, {
        remedy: `Nothing of ours writes more than ${limit}: look at it with "git notes --ref=${name} show ${sha}", and take it away with "git notes --ref=${name} remove ${sha}".`,
      });
    },
    async writeNote(name, sha, text) {
      const known = await git(dir, ['var', 'GIT_COMMITTER_IDENT']);
      // A build machine has no name. Nobody trusts the one of a note: what is in it is signed.
      const nobody = ['-c', 'user.name=devops-engineer', '-c', 'user.email=devops-engineer@localhost'];
      const write = ['notes', `--ref=${name}`, 'add', '--force', '--file=-', sha];
      await mustGit(dir, known.exitCode === 0 ? write : [...nobody, ...write], text);
    },
    async notes(name) {
      const listed = await git(dir, ['notes', `--ref=${name}`, 'list']); // "<note> <object>" on each line
      const ids = listed.exitCode === 0 ? listed.stdout.split('\n').map((line) => line.split(' ')[0]) : [];
      const sizes = (await catFile(dir, '--batch-check', ids.join('\n'))).toString().split('\n');
      const readable = sizes.flatMap((answer) => {
        const [id = '', kind, size] = answer.split(' ');
        return kind === 'blob' && Number(size) <= defaultMaxNoteBytes ? [id] : [];
      });
      const texts: string[] = [];
      let answer =
        readable.length === 0 ? Buffer.alloc(0) : await catFile(dir, '--batch', readable.join('\n'));
      for (let found = nextObject(answer); found; found = nextObject(answer)) {
        texts.push(found.bytes.toString('utf8'));
        answer = found.rest;
      }
      return texts;
    },
  };
}

/** The part of the project's folder below the repository's top, for projects in a subfolder; '' at the top. */
export function subfolderOf(repository: Repository, projectDir: string): string {
  return path.relative(repository.dir, projectDir);
}
