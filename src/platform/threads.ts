import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** A thread that does one piece of work and ends. Its own heap is small: it is to help, not to hold. */
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };

/**
 * Starts a script of ours in a thread of its own.
 * @param script beside this file once it is bundled; from source there is none
 * @returns what it posts, or undefined where it cannot be started
 */
export function runThread<Result>(script: string, workerData: unknown): Promise<Result> | undefined {
  const url = new URL(script, import.meta.url);
  if (!existsSync(url)) return undefined;
  return new Promise((resolve, reject) => {
    const worker = new Worker(url, { workerData, resourceLimits });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(`${script} ended without a word`)));
  });
}
