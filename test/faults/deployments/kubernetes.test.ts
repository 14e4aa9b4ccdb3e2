import { afterAll } from 'vitest';
import { type PocketOnCluster, putOnCluster } from '../../e2e/pocket-on-cluster.ts';
import type { Cluster } from '../../testbed/kubernetes/cluster.ts';
import { clusterObstacle, helmObstacle, startBuiltCluster } from '../../testbed/kubernetes/use-cluster.ts';
import { type KilledTarget, killedInEveryStep } from './killed-runs.ts';

let cluster: Promise<Cluster> | undefined;
afterAll(async () => (await cluster)?.stop());

function onCluster(brought: 'manifest' | 'chart'): KilledTarget {
  let service: PocketOnCluster;
  return {
    async configure(staging, pocket) {
      cluster ??= startBuiltCluster();
      service = await putOnCluster(pocket, await cluster, `killed-${brought}`, brought);
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
    steps: ['stage', 'activate', 'verify', 'validate', 'bake'],
  };
}

killedInEveryStep('kubernetes', onCluster('manifest'), { obstacle: clusterObstacle });
killedInEveryStep('kubernetes (chart)', onCluster('chart'), { obstacle: helmObstacle, isWhole: false });
