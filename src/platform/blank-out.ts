import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { DevopsError } from '../errors.ts';

/**
 * Puts `*` over every byte of a text in a file that another process may be appending to: the file stays the same one,
 * no byte of it moves, and no line that is written meanwhile is lost.
 * @throws FILE_FAILED where it may not be written
 */
export async function blankOut(file: string, text: string): Promise<void> {
  const wanted = Buffer.from(text);
  const stars = Buffer.alloc(wanted.length, '*');
  const handle = await fs.open(file, constants.O_RDWR | constants.O_NOFOLLOW).catch((error: Error) => {
    throw new DevopsError('FILE_FAILED', `cannot write in ${file}: ${error.message}`, {
      remedy: 'Call it as the user who runs the server, who owns the file.',
      cause: error,
    });
  });
  try {
    const bytes = await handle.readFile();
    for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, at + wanted.length))
      await handle.write(stars, 0, stars.length, at);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
