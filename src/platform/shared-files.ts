import { constants, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';

/**
 * Files in folders that another user may write too. Who may put names there could lead us with a link to a file that
 * only we may read or write, or let us wait for ever at a pipe.
 */

const mostLinks = 40;

/**
 * Where a file really is. Links of its folder's owner, of root and of ours are followed.
 * @returns the path itself where there is no such file
 * @throws Error with code ELOOP for a link of somebody else
 */
export async function realPlaceOf(file: string): Promise<string> {
  let place = path.resolve(file);
  for (let links = 0; links < mostLinks; links += 1) {
    const stat = await fs.lstat(place).catch(() => undefined);
    if (!stat?.isSymbolicLink()) {
      const folder = path.dirname(place);
      return path.join(await fs.realpath(folder).catch(() => folder), path.basename(place));
    }
    if (!(await isTrusted(place, stat))) throw notFollowed(place, stat);
    place = path.resolve(path.dirname(place), await fs.readlink(place));
  }
  throw Object.assign(new Error(`ELOOP: ${file} is a circle of links`), { code: 'ELOOP' });
}

/**
 * Opens a file for reading, without waiting for whoever writes into a pipe.
 * @throws Error with code ELOOP for a link of somebody else, EISDIR or EINVAL for what is no regular file
 */
export async function openToRead(file: string): Promise<fs.FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  // Not followed: a link that took the file's place since it was looked at is a link of somebody else.
  const handle = await fs.open(await realPlaceOf(file), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stat = await handle.stat();
    if (stat.isFile()) return handle;
    if (stat.isDirectory()) throw Object.assign(new Error('EISDIR: it is a directory'), { code: 'EISDIR' });
    throw Object.assign(new Error('EINVAL: it is no regular file'), { code: 'EINVAL' });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function isTrusted(link: string, { uid }: Stats): Promise<boolean> {
  if (process.getuid === undefined || uid === 0 || uid === process.getuid()) return true;
  return uid === (await fs.stat(path.dirname(link))).uid;
}

function notFollowed(link: string, { uid }: Stats): Error {
  return Object.assign(
    new Error(`ELOOP: ${link} is a link of another user (${uid}), which is not followed`),
    {
      code: 'ELOOP',
    },
  );
}
