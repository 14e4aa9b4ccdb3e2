import { read } from 'node:fs';
import { promisify } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { searchTail, type TailJob } from '../tasks/search.ts';

/** Reads the second half of a large task file beside the main thread. The file is the one that is open there. */

const { fd, ...job } = workerData as TailJob;
const readAt = promisify(read);
const source = {
  size: job.size,
  async read(into: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const { bytesRead } = await readAt(fd, into, filled, into.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  },
};
parentPort?.postMessage(await searchTail(source, job).catch(() => undefined));
