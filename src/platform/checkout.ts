import * as fs from 'node:fs/promises';
import { type CheckoutRepository, openCheckoutRepository } from './checkout-repository.ts';
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
}

/** @throws GIT_FAILED */
export async function openCheckouts(
  repository: Repository,
  { worktreesDir, projectDir }: { worktreesDir: string; projectDir: string },
): Promise<Checkouts> {
  await fs.mkdir(worktreesDir, { recursive: true });
  const checkouts = await openCheckoutRepository(repository, path.join(worktreesDir, '..', 'checkouts.git'));
  await removeAbandoned(checkouts, worktreesDir);
  const below = path.relative(await fs.realpath(repository.dir), await fs.realpath(projectDir));
  const { pid, startMark } = thisProcess();
  return {
    async checkOut(sha, purpose) {
      const name = [purpose, sha.slice(0, 12), newId('gate'), pid, startMark].join('.');
      const dir = path.join(worktreesDir, name);
      const remove = () => checkouts.remove(dir);
      await checkouts.add(dir, sha).catch(async (error) => {
        await remove();
        throw error;
      });
      return { dir, projectDir: path.join(dir, below), remove };
    },
  };
}

/** A single checkout. @throws GIT_FAILED */
export async function checkOut(
  repository: Repository,
  { sha, purpose, ...places }: { sha: string; worktreesDir: string; projectDir: string; purpose: string },
): Promise<Checkout> {
  const checkouts = await openCheckouts(repository, places);
  return checkouts.checkOut(sha, purpose);
}

/** Checkouts of processes that were killed: their names say whose they are. */
async function removeAbandoned(checkouts: CheckoutRepository, worktreesDir: string): Promise<void> {
  const names = new Set([...(await fs.readdir(worktreesDir)), ...(await checkouts.names())]);
  for (const name of names) {
    const [, , , pid = '', startMark = ''] = name.split('.');
    if (!isAlive({ pid: Number(pid), startMark })) await checkouts.remove(path.join(worktreesDir, name));
  }
}
