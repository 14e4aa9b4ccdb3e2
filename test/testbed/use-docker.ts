import { beforeAll, beforeEach } from 'vitest';
import { type PrivateDocker, startDocker } from './docker.ts';

/** One for all files of a worker: to start one takes as long as most tests. It ends with the whole run. */
let started: Promise<PrivateDocker> | undefined;

/**
 * A Docker for the tests of a file, which must leave it as they found it. Where none can be had (no root, a program
 * missing, a kernel that refuses), they are skipped, and it is said why.
 */
export function useDocker(): PrivateDocker & { readonly runs: boolean } {
  const used = { runs: false, environment: {} } as PrivateDocker & { runs: boolean };
  let obstacle: string | undefined;
  beforeAll(async () => {
    try {
      started ??= startDocker();
      Object.assign(used, await started, { runs: true });
    } catch (error) {
      obstacle = `no Docker of our own can be had here: ${(error as Error).message}`;
      console.warn(`SKIPPED, NOT PROVEN: ${obstacle}`);
    }
  });
  beforeEach(({ skip }) => skip(obstacle !== undefined, obstacle));
  return used;
}
