import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { hostname } from 'node:os';
import * as z from 'zod/mini';
import { DevopsError } from '../errors.ts';
import { sleep, timestamp } from './clock.ts';
import { isErrno, path } from './files.ts';
import { isAlive, startMarkOf, thisProcess } from './processes.ts';
import { realPlaceOf } from './shared-files.ts';

/**
 * A lock on a file between processes of ours: a file `.<name>.lock` beside it that names its owner.
 *
 * It appears whole or not at all, because it is written under another name first and then linked. It is taken
 * over only from an owner that is dead on this very host, never by age. Two who find the same dead owner cannot
 * both succeed: whoever links `.<name>.lock.<token of the dead owner>` first is the heir, and only the heir
 * replaces the lock, after having seen that it is still the dead owner's. An heir that dies halfway is
 * inherited from in the same way.
 */

const ownerShape = z.object({
  pid: z.int(),
  startMark: z.string(),
  host: z.string(),
  at: z.string(),
  token: z.string().check(z.regex(/^[0-9a-f]+$/)),
});
type Owner = z.infer<typeof ownerShape>;

const defaultTimeoutMs = 10_000;
const shortestPauseMs = 2;
const longestPauseMs = 25;

export interface LockOptions {
  /** How long to wait for another owner. Default 10 s. */
  timeoutMs?: number;
}

/**
 * Runs `work` while no other process of ours (nor another call of this one) holds the lock of the file.
 * The file itself need not exist; a symbolic link and its target have one lock.
 * @throws TASKS_BUSY naming the owner, FILE_FAILED where the lock cannot be made, and what `work` throws
 */
export async function withFileLock<T>(
  file: string,
  work: () => Promise<T>,
  { timeoutMs = defaultTimeoutMs }: LockOptions = {},
): Promise<T> {
  const real = await realPlaceOf(file).catch((error: unknown): never => {
    throw notLockable(file, error);
  });
  const lock = path.join(path.dirname(real), `.${path.basename(real)}.lock`);
  const owner = newOwner();
  await acquire(lock, owner, timeoutMs).catch((error: unknown) => {
    throw error instanceof DevopsError ? error : notLockable(lock, error);
  });
  try {
    return await work();
  } finally {
    await removeOwn(lock, owner);
  }
}

/** Locks beside which this process has looked for what others left. */
const swept = new Set<string>();

async function acquire(lock: string, owner: Owner, timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const holder = await readOwner(lock);
    if (holder === undefined) {
      if (await create(lock, owner)) {
        if (!swept.has(lock)) await sweep(lock);
        swept.add(lock);
        return;
      }
    } else if (holder !== 'unreadable' && isGone(holder) && (await inherit(lock, lock, holder, owner))) {
      await sweep(lock);
      return;
    }
    if (performance.now() >= deadlineMs) throw busy(lock, holder);
    await sleep(shortestPauseMs + Math.random() * (longestPauseMs - shortestPauseMs));
  }
}

/**
 * Makes `target`, which names a dead owner, ours: the lock itself, or the claim of an heir that died.
 * @returns false when someone else was faster
 */
async function inherit(lock: string, target: string, dead: Owner, owner: Owner): Promise<boolean> {
  const claim = `${lock}.${dead.token}`;
  if (!(await create(claim, owner))) {
    const other = await readOwner(claim);
    if (other === undefined || other === 'unreadable' || !isGone(other)) return false;
    if (!(await inherit(lock, claim, other, owner))) return false;
  }
  // From here on nobody else may replace the dead owner, unless it was replaced before we had the claim.
  const current = await readOwner(target);
  if (current === undefined || current === 'unreadable' || current.token !== dead.token) {
    await removeOwn(claim, owner);
    return false;
  }
  try {
    await fs.rename(claim, target);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false; // swept away: the lock has a new owner
    throw error;
  }
}

/** Creates a file that names its owner, whole at once. @returns false where it exists already */
async function create(file: string, owner: Owner): Promise<boolean> {
  const draft = `${file}.${owner.pid}.${owner.token}.tmp`;
  await fs.writeFile(draft, JSON.stringify(owner), { mode: 0o644 });
  try {
    await fs.link(draft, file);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST') || isErrno(error, 'ENOENT')) return false; // ENOENT: our draft was swept away
    throw error;
  } finally {
    await fs.rm(draft, { force: true });
  }
}

async function removeOwn(file: string, owner: Owner): Promise<void> {
  const current = await readOwner(file);
  if (current === undefined || current === 'unreadable' || current.token !== owner.token) return;
  await fs.rm(file, { force: true });
}

async function readOwner(file: string): Promise<Owner | 'unreadable' | undefined> {
  try {
    return ownerShape.parse(JSON.parse(await fs.readFile(file, 'utf8')));
  } catch (error) {
    return isErrno(error, 'ENOENT') ? undefined : 'unreadable';
  }
}

/**
 * Removes what dead processes left beside the file: half-written copies of it and claims on locks of the past.
 * Only the owner of the lock may do so.
 */
async function sweep(lock: string): Promise<void> {
  const folder = path.dirname(lock);
  const prefix = path.basename(lock).replace(/lock$/, '');
  for (const name of await fs.readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const rest = name.slice(prefix.length);
    const pid = /^(?:lock\.(?:[0-9a-f]+\.)?)?(\d+)\.[0-9a-f]+\.tmp$/.exec(rest)?.[1];
    const isOldClaim = /^lock\.[0-9a-f]+$/.test(rest);
    const isOrphan = pid !== undefined && startMarkOf(Number(pid)) === undefined;
    if (isOldClaim || isOrphan) await fs.rm(path.join(folder, name), { force: true });
  }
}

function newOwner(): Owner {
  return { ...thisProcess(), host: thisHost(), at: timestamp(), token: randomBytes(8).toString('hex') };
}

/** Host and, on Linux, process namespace: containers may share a host name, but not each other's process ids. */
function thisHost(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Whether an owner is dead for certain. One that cannot be seen from here counts as alive. */
function isGone({ pid, startMark, host }: Owner): boolean {
  if (host !== thisHost() || startMark === 'unknown' || isAlive({ pid, startMark })) return false;
  if (startMarkOf(pid) !== undefined) return true; // another process by now
  try {
    process.kill(pid, 0);
    return true; // ours to signal, yet not running: a zombie
  } catch (error) {
    return !isErrno(error, 'EPERM');
  }
}

function busy(lock: string, holder: Owner | 'unreadable' | undefined): DevopsError {
  const owner =
    holder === undefined || holder === 'unreadable'
      ? 'another process'
      : `process ${holder.pid} on ${holder.host.split(' ')[0]}, since ${holder.at}`;
  return new DevopsError('TASKS_BUSY', `${owner} holds ${lock}`, {
    remedy: `Try again. If that process no longer runs, delete ${lock}.`,
  });
}

function notLockable(lock: string, error: unknown): DevopsError {
  const reason = error instanceof Error ? error.message : String(error);
  return new DevopsError('FILE_FAILED', `cannot lock with ${lock}: ${reason}`, {
    remedy: `Let this user create files in ${path.dirname(lock)}.`,
    cause: error,
  });
}
