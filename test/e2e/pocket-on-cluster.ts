import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Cluster } from '../testbed/kubernetes/cluster.ts';
import { chartFiles, chartTarget } from '../testbed/kubernetes/created-chart.ts';
import type { Pocket } from './pocket.ts';
import { buildsPushedImage } from './pushed-image.ts';

/** A pocket project whose service runs as the Deployment `web` of a namespace of its own. */
export interface PocketOnCluster {
  artifact: { build: string; path: string };
  /** Of an environment. The service is asked over its Service, by the proxy of the API server. */
  target: Record<string, unknown>;
  /** Makes it the only environment of the project, `staging`, and commits that. */
  onlyStaging(target?: Record<string, unknown>): Promise<void>;
  kubectl(...parameters: string[]): Promise<string>;
  /** The version that each pod answers which is not about to end. */
  served(): Promise<string[]>;
}

/** @param brought by a manifest, or by a chart as `helm create` makes it */
export async function putOnCluster(
  pocket: Pocket,
  cluster: Cluster,
  namespace: string,
  brought: 'manifest' | 'chart' = 'manifest',
): Promise<PocketOnCluster> {
  const kubectl = (...parameters: string[]) => cluster.kubectl(['--namespace', namespace, ...parameters]);
  await kubectl('create', 'namespace', namespace);
  const artifact = await buildsPushedImage(pocket, cluster.docker, cluster.registry);
  const files = brought === 'manifest' ? { 'web.yaml': manifest } : await chartFiles();
  for (const [name, content] of Object.entries(files)) {
    await fs.mkdir(path.dirname(path.join(pocket.dir, name)), { recursive: true });
    await fs.writeFile(path.join(pocket.dir, name), content);
  }
  const target = {
    kind: 'kubernetes',
    url: `${cluster.url}/api/v1/namespaces/${namespace}/services/web:8080/proxy`,
    deployment: 'web',
    ...(brought === 'manifest' ? { manifest: 'web.yaml' } : { chart: chartTarget() }),
    namespace,
    kubeconfig: cluster.kubeconfig,
  };
  return {
    artifact,
    target,
    async onlyStaging(more = {}) {
      await pocket.configure((config) => {
        config.artifact = artifact;
        config.environments = {
          staging: {
            gate: {},
            target: { ...target, ...more },
            strategy: { kind: 'allAtOnce', bake: '300ms' },
            health: { version: '$.version', interval: '200ms', healthyAfter: 2, timeout: '20s' },
          },
        };
        config.checks = {};
      });
      await pocket.commit({}, 'on a cluster');
    },
    kubectl,
    async served() {
      const { items } = JSON.parse(await kubectl('get', 'pods', '--selector', 'app=web', '--output', 'json'));
      const addresses = items
        .filter(({ metadata }: { metadata: object }) => !('deletionTimestamp' in metadata))
        .map(({ status }: { status: { podIP: string } }) => status.podIP);
      return Promise.all(
        addresses.map(async (address: string) => {
          const answer = await fetch(`http://${address}:8080/healthz`);
          return ((await answer.json()) as { version: string }).version;
        }),
      );
    },
  };
}

const manifest = `apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 8080 }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  progressDeadlineSeconds: 30
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: replaced
          env: [{ name: PORT, value: "8080" }]
          readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1 }
`;
