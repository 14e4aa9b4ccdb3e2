import * as fs from 'node:fs/promises';
import { openCheckoutRepository } from './checkout-repository.ts';
import { path } from './files.ts';
import type { Repository } from './git.ts';
import { newId } from './identifiers.ts';
import { isAlive, thisProcess } from './processes.ts';

/** A clean checkout of one commit, away from the user's working tree, that is gone afterwards. */
export interface Checkout {
  /** Top of the checkout. */
  dir: string;
  /** Folder of the project in it: the same as `dir` unless the project lives in a subfolder. */
  projectDir: string;
  remove(): Promise<void>;
}

/** Where checkouts are made. Every process that need not be started makes a gate shorter: open it once for many. */
export interface Checkouts {
  /** @throws GIT_FAILED */
  checkOut(sha: string, purpose: string): Promise<Checkout>;
  /** Once the checkouts are removed: forgets them. */
  close(): Promise<void>;
}

/** @throws GIT_FAILED */
export async function openCheckouts(
  repository: Repository,
  { worktreesDir, projectDir }: { worktreesDir: string; projectDir: string },
): Promise<Checkouts> {
  await fs.mkdir(worktreesDir, { recursive: true });
  const checkouts = await openCheckoutRepository(repository, path.join(worktreesDir, '..', 'checkouts.git'));
  await removeAbandoned(worktreesDir);
  const below = path.relative(await fs.realpath(repository.dir), await fs.realpath(projectDir));
  const { pid, startMark } = thisProcess();
  return {
    async checkOut(sha, purpose) {
      const name = [purpose, sha.slice(0, 12), newId('gate'), pid, startMark].join('.');
      const dir = path.join(worktreesDir, name);
      await checkouts.add(dir, sha);
      return { dir, projectDir: path.join(dir, below), remove: () => removeFolder(dir) };
    },
    close: () => checkouts.prune(),
  };
}

/** A single checkout. @throws GIT_FAILED */
export async function checkOut(
  repository: Repository,
  { sha, purpose, ...places }: { sha: string; worktreesDir: string; projectDir: string; purpose: string },
): Promise<Checkout> {
  const checkouts = await openCheckouts(repository, places);
  const checkout = await checkouts.checkOut(sha, purpose);
  return {
    ...checkout,
    async remove() {
      await checkout.remove();
      await checkouts.close();
    },
  };
}

/** Checkouts of processes that were killed: their names say whose they are. */
async function removeAbandoned(worktreesDir: string): Promise<void> {
  for (const name of await fs.readdir(worktreesDir)) {
    const [, , , pid = '', startMark = ''] = name.split('.');
    if (isAlive({ pid: Number(pid), startMark })) continue;
    await removeFolder(path.join(worktreesDir, name));
  }
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
