import * as fs from 'node:fs/promises';
import { DevopsError } from '../errors.ts';
import { path, readTextIfExists } from './files.ts';
import type { Repository } from './git.ts';

/**
 * A bare repository of our own that checkouts are made from. It borrows the objects of the project's repository and
 * takes over its tags, and nothing else: attributes, filters, sparse checkouts, hooks and every other setting that the
 * project's repository, its user or its machine has could put other content into a checkout than the commit holds.
 * A command that runs in the checkout and calls git meets this repository too, not the project's.
 */
export interface CheckoutRepository {
  /** Checks the commit out, clean and detached. @throws GIT_FAILED */
  add(folder: string, sha: string): Promise<void>;
  /** Forgets the checkouts whose folders are gone. */
  prune(): Promise<void>;
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
  const { objectsDir, shallowFile, objectFormat } = repository.storage;
  const tags = await repository.tags();
  const alternates = path.join(dir, 'objects', 'info', 'alternates');
  // Written last: where it is there, the rest is. Every process that need not be started makes a gate shorter.
  if ((await readTextIfExists(alternates)) !== `${objectsDir}\n`) {
    await fs.mkdir(path.dirname(dir), { recursive: true });
    await run(['init', '--bare', '--quiet', '--template=', `--object-format=${objectFormat}`, dir]);
    await place(alternates, `${objectsDir}\n`);
  }
  await place(path.join(dir, 'packed-refs'), tags.map((line) => `${line}\n`).join(''));
  // Without it, history that a shallow clone does not have would look like damage.
  await place(path.join(dir, 'shallow'), (await readTextIfExists(shallowFile)) ?? '');
  const git = (args: string[]) => run(['--git-dir', dir, ...args]);
  return {
    async add(folder, sha) {
      await git(['worktree', 'add', '--detach', '--force', '--quiet', folder, sha]);
    },
    async prune() {
      await git(['worktree', 'prune']);
    },
  };
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
