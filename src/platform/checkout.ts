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

/** @throws GIT_FAILED */
export async function checkOut(
  repository: Repository,
  {
    sha,
    worktreesDir,
    projectDir,
    purpose,
  }: { sha: string; worktreesDir: string; projectDir: string; purpose: string },
): Promise<Checkout> {
  await fs.mkdir(worktreesDir, { recursive: true });
  const checkouts = await openCheckoutRepository(repository, path.join(worktreesDir, '..', 'checkouts.git'));
  await removeAbandoned(checkouts, worktreesDir);
  const { pid, startMark } = thisProcess();
  const dir = path.join(worktreesDir, [purpose, sha.slice(0, 12), newId('gate'), pid, startMark].join('.'));
  await checkouts.add(dir, sha);
  const below = path.relative(await fs.realpath(repository.dir), await fs.realpath(projectDir));
  return {
    dir,
    projectDir: path.join(dir, below),
    remove: () => checkouts.remove(dir),
  };
}

/** Checkouts of processes that were killed: their names say whose they are. */
async function removeAbandoned(checkouts: CheckoutRepository, worktreesDir: string): Promise<void> {
  for (const name of await fs.readdir(worktreesDir)) {
    const [, , , pid = '', startMark = ''] = name.split('.');
    if (isAlive({ pid: Number(pid), startMark })) continue;
    await checkouts.remove(path.join(worktreesDir, name));
  }
}
