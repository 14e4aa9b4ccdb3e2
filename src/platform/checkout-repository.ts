import * as fs from 'node:fs/promises';
import { DevopsError } from '../errors.ts';
import { listFolder, path, readTextIfExists } from './files.ts';
import type { Repository } from './git.ts';

/**
 * A bare repository of our own that checkouts are made from. It borrows the objects of the project's repository and
 * takes over its tags, and nothing else: attributes, filters, sparse checkouts, hooks and every other setting that the
 * project's repository, its user or its machine has could put other content into a checkout than the commit holds.
 * A command that runs in the checkout and calls git meets this repository too, not the project's.
 */
export interface CheckoutRepository {
  /** Checks the commit out into a new folder, clean and detached. @throws GIT_FAILED */
  add(folder: string, sha: string): Promise<void>;
  /** Removes a checkout, or what is left of one. */
  remove(folder: string): Promise<void>;
  /** Names of the checkouts that it knows. */
  names(): Promise<string[]>;
}

/** No setting counts but those of the repository itself, which we made; nothing of the server's environment does. */
const environment = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
};

/** @param dir where it is kept; made anew where it is missing */
export async function openCheckoutRepository(
  repository: Repository,
  dir: string,
): Promise<CheckoutRepository> {
  const { shallowFile } = repository.storage;
  const [tags] = await Promise.all([repository.tags(), makeOnce(repository, dir)]);
  await Promise.all([
    place(path.join(dir, 'packed-refs'), tags.map((line) => `${line}\n`).join('')),
    // Without it, history that a shallow clone does not have would look like damage.
    place(path.join(dir, 'shallow'), (await readTextIfExists(shallowFile)) ?? ''),
  ]);
  // As "git worktree add" would leave it (gitrepository-layout(5), worktrees/), by one process instead of three.
  const worktrees = path.join(dir, 'worktrees');
  const recordOf = (folder: string) => path.join(worktrees, path.basename(folder));
  return {
    async add(folder, sha) {
      const record = recordOf(folder);
      const pointer = path.join(folder, '.git');
      await Promise.all([record, folder].map((one) => fs.mkdir(one, { recursive: true })));
      await Promise.all([
        fs.writeFile(path.join(record, 'commondir'), '../..\n'),
        fs.writeFile(path.join(record, 'HEAD'), `${sha}\n`),
        fs.writeFile(path.join(record, 'gitdir'), `${pointer}\n`),
        fs.writeFile(pointer, `gitdir: ${record}\n`),
      ]);
      await run(['-C', folder, 'read-tree', '--reset', '-u', sha]);
    },
    async remove(folder) {
      await removeFolder(folder);
      await removeFolder(recordOf(folder));
    },
    names: () => listFolder(worktrees),
  };
}

async function makeOnce({ storage }: Repository, dir: string): Promise<void> {
  const { objectsDir, objectFormat } = storage;
  const alternates = path.join(dir, 'objects', 'info', 'alternates');
  // Written last: where it is there, the rest is. Every process that need not be started makes a gate shorter.
  if ((await readTextIfExists(alternates)) === `${objectsDir}\n`) return;
  await fs.mkdir(path.dirname(dir), { recursive: true });
  await run(['init', '--bare', '--quiet', '--template=', `--object-format=${objectFormat}`, dir]);
  await place(alternates, `${objectsDir}\n`);
}

/** Some tools leave folders that nobody may write (Go's module cache): what is in those cannot be removed at first. */
async function removeFolder(dir: string): Promise<void> {
  const remove = () => fs.rm(dir, { recursive: true, force: true });
  await remove().catch(async () => {
    await makeWritable(dir);
    await remove();
  });
}

async function makeWritable(dir: string): Promise<void> {
  await fs.chmod(dir, 0o700);
  for (const entry of await fs.readdir(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(path.join(dir, entry.name));
  }
}

/** Writes a small file so that whoever reads it meanwhile sees all of it; an empty one is not there. */
async function place(file: string, content: string): Promise<void> {
  if (content === ((await readTextIfExists(file)) ?? '')) return;
  if (content === '') return fs.rm(file, { force: true });
  await fs.mkdir(path.dirname(file), { recursive: true });
  const sibling = `${file}.${process.pid}.${process.hrtime.bigint()}`;
  await fs.writeFile(sibling, content);
  await fs.rename(sibling, file);
}

async function run(args: string[]): Promise<void> {
  const { execa } = await import('execa');
  const result = await execa('git', args, {
    reject: false,
    extendEnv: false,
    env: environment,
    stdin: 'ignore',
  });
  if (result.exitCode === 0) return;
  throw new DevopsError(
    'GIT_FAILED',
    `a clean checkout could not be made: ${result.stderr.split('\n').at(-1)}`,
    {
      remedy:
        'Make sure that the commit and all of its files are in this repository ("git fsck"; a partial clone needs "git fetch --refetch --no-filter").',
    },
  );
}
