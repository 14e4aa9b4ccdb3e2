import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type Cluster, startCluster } from './cluster.ts';

/** A Kubernetes for the tests of a file; where none was built (`run.sh` does), they are skipped, and it is said why. */
export function useCluster(): Cluster & { readonly runs: boolean } {
  const programs = process.env.KUBERNETES_PROGRAMS;
  const used = { runs: false } as Cluster & { runs: boolean };
  const obstacle = 'no Kubernetes was built here: test/testbed/kubernetes/run.sh does';
  beforeAll(async () => {
    if (programs === undefined) console.warn(`SKIPPED, NOT PROVEN: ${obstacle}`);
    else Object.assign(used, await startCluster(programs), { runs: true });
  }, 300_000);
  afterAll(async () => {
    if (used.runs) await used.stop();
  });
  beforeEach(({ skip }) => skip(programs === undefined, obstacle));
  return used;
}
