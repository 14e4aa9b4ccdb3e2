import { execa } from 'execa';
import type { Cluster } from '../../../testbed/kubernetes/cluster.ts';
import { chartFiles, chartTarget } from '../../../testbed/kubernetes/created-chart.ts';
import { helm } from '../../../testbed/kubernetes/use-cluster.ts';
import { openPocketCluster, type PocketCluster } from '../pocket-cluster.ts';

/** A kubernetes target by a chart as `helm create` makes it, but for the variables, which that one does not take. */
export interface PocketChart extends PocketCluster {
  helm(...parameters: string[]): Promise<string>;
  /** The chart and its values, to be committed. */
  readonly files: Record<string, string>;
}

export async function openPocketChart(cluster: Cluster, namespace: string): Promise<PocketChart> {
  const pocket = await openPocketCluster(cluster, namespace);
  const reopen: PocketCluster['reopen'] = (config = {}) => pocket.reopen({ chart: chartTarget(), ...config });
  return {
    ...pocket,
    files: await chartFiles(),
    reopen,
    target: reopen(),
    helm: async (...parameters) => {
      const where = ['--kubeconfig', cluster.kubeconfig, '--namespace', namespace];
      return (await execa(helm ?? 'helm', [...where, ...parameters], { env: { HOME: pocket.dir } })).stdout;
    },
  };
}
