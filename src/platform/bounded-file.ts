import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { DevopsError } from '../errors.ts';

/**
 * A whole file that somebody named, with the time of its last change.
 * @throws FILE_FAILED where it cannot be read, is no regular file or has more than `maxBytes`
 */
export async function readBoundedFile(
  file: string,
  maxBytes: number,
): Promise<{ bytes: Uint8Array; modifiedAt: Date }> {
  try {
    const handle = await fs.open(file, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe is not waited for
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw failed(`${file} is not a regular file`);
      if (stat.size > maxBytes) throw failed(`${file} is larger than ${maxBytes / 1024 ** 2} MiB`);
      return { bytes: await handle.readFile(), modifiedAt: stat.mtime };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof DevopsError
      ? error
      : failed(`${file} cannot be read: ${(error as Error).message}`, error);
  }
}

function failed(message: string, cause?: unknown): DevopsError {
  return new DevopsError('FILE_FAILED', message, { remedy: 'Give the path of another file.', cause });
}
