import { existsSync } from 'node:fs';

/** A thread that does one piece of work and ends. Its own heap is small: it is to help, not to hold. */
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };

/** The script that helps to search a large task file, beside the bundle. */
export const searchThread = 'search-thread.js';

interface Thread {
  run<Result>(job: unknown): Promise<Result>;
}

/** Threads that wait for their work. */
const prepared = new Map<string, Thread>();

/**
 * Starts a thread whose work is not known yet: starting takes a while, on a core that has nothing to do meanwhile. One
 * that gets no work keeps nobody waiting.
 * @param script in the folder of the bundle; from source there is none, and nothing happens
 */
export function prepareThread(script: string): void {
  const thread = start(script);
  if (thread) prepared.set(script, thread);
}

/**
 * Runs a script of ours in a thread of its own, which is prepared or started now.
 * @returns what it posts, or undefined where it cannot be started
 */
export function runThread<Result>(script: string, job: unknown): Promise<Result> | undefined {
  const thread = prepared.get(script) ?? start(script);
  prepared.delete(script);
  return thread?.run(job);
}

function start(script: string): Thread | undefined {
  // This module is part of a chunk in a folder beside the entries.
  const url = [new URL(script, import.meta.url), new URL(`../${script}`, import.meta.url)].find(existsSync);
  if (!url) return undefined;
  const started = startWorker(url);
  started.catch(() => undefined); // reported to who gives it work
  return {
    run: async <Result>(job: unknown) => {
      const { worker, outcome } = await started;
      worker.ref();
      worker.postMessage(job);
      return (await outcome) as Result;
    },
  };
}

/** What threads need is loaded with the first of them: most calls need none. */
async function startWorker(script: URL) {
  const { Worker } = await import('node:worker_threads');
  const worker = new Worker(script, { resourceLimits });
  const outcome = new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(`${script.pathname} ended without a word`)));
  });
  outcome.catch(() => undefined);
  worker.unref();
  return { worker, outcome };
}
