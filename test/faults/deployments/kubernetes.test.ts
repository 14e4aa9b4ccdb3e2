import { type PocketOnCluster, putOnCluster } from '../../e2e/pocket-on-cluster.ts';
import type { Cluster } from '../../testbed/kubernetes/cluster.ts';
import { clusterObstacle, startBuiltCluster } from '../../testbed/kubernetes/use-cluster.ts';
import { killedInEveryStep } from './killed-runs.ts';

let cluster: Cluster | undefined;
let service: PocketOnCluster;

killedInEveryStep(
  'kubernetes',
  {
    async configure(staging, pocket) {
      cluster = await startBuiltCluster();
      service = await putOnCluster(pocket, cluster, 'killed');
      await pocket.configure((config) => {
        config.artifact = service.artifact;
        // An image is nothing for a process.
        config.environments.production.target = { ...service.target, namespace: 'nowhere' };
        config.environments.production.strategy = { kind: 'allAtOnce' };
      });
      await pocket.commit({}, 'on a cluster');
      staging.target = { ...service.target, readyWithin: '60s' };
      staging.strategy = { kind: 'allAtOnce', bake: '300ms' };
      staging.health = { version: '$.version', interval: '100ms', healthyAfter: 2, timeout: '5s' };
    },
    served: () => service.served(),
    destroy: async () => cluster?.stop(),
    steps: ['stage', 'activate', 'verify', 'validate', 'bake'],
  },
  { obstacle: clusterObstacle },
);
