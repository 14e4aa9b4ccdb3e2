import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type Cluster, startCluster } from './cluster.ts';

/** Why no cluster can be had here, or undefined; where none can, nobody starts one. */
export const clusterObstacle =
  process.env.KUBERNETES_PROGRAMS === undefined
    ? 'no Kubernetes was built here: test/testbed/kubernetes/run.sh does'
    : undefined;

/** Helm's program, which `run.sh` fetches, for tests of charts. */
export const helm = process.env.HELM;
export const helmObstacle =
  clusterObstacle ??
  (helm === undefined ? 'there is no Helm: test/testbed/kubernetes/run.sh fetches one' : undefined);

/** @throws Error where it does not start */
export const startBuiltCluster = (): Promise<Cluster> => startCluster(process.env.KUBERNETES_PROGRAMS ?? '');

/** A Kubernetes for the tests of a file; where none was built, they are skipped, and it is said why. */
export function useCluster(): Cluster & { readonly runs: boolean } {
  const used = { runs: false } as Cluster & { runs: boolean };
  beforeAll(async () => {
    if (clusterObstacle !== undefined) console.warn(`SKIPPED, NOT PROVEN: ${clusterObstacle}`);
    else Object.assign(used, await startBuiltCluster(), { runs: true });
  }, 300_000);
  afterAll(async () => {
    if (used.runs) await used.stop();
  });
  beforeEach(({ skip }) => skip(clusterObstacle !== undefined, clusterObstacle));
  return used;
}
