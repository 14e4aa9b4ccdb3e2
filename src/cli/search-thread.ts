import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { HelperJob } from '../tasks/search.ts';
import { searchStretches } from '../tasks/shared-search.ts';

/** Searches a large task file beside the main thread. The file is the one that is open there. */

parentPort?.once('message', async ({ fd, ...search }: HelperJob) => {
  const source = {
    size: search.size,
    async read(into: Uint8Array, position: number): Promise<number> {
      let filled = 0;
      while (filled < into.length) {
        const bytesRead = readSync(fd, into, filled, into.length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    },
  };
  parentPort?.postMessage(await searchStretches(source, search).catch(() => undefined));
});
