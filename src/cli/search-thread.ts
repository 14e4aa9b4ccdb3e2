import { parentPort } from 'node:worker_threads';
import { instantSource } from '../platform/instant-source.ts';
import type { HelperJob } from '../tasks/search.ts';
import { searchStretches } from '../tasks/shared-search.ts';

/** Searches a large task file beside the main thread. The file is the one that is open there. */

parentPort?.once('message', async ({ fd, ...search }: HelperJob) => {
  const source = instantSource({ fd, size: search.size });
  parentPort?.postMessage(await searchStretches(source, search).catch(() => undefined));
});
