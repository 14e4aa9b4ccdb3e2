import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { environment } from '../../../src/config/schema.ts';
import { packImageReference } from '../../../src/deployments/image-reference.ts';
import { openKubernetesTarget } from '../../../src/deployments/targets/kubernetes.ts';
import type { Release } from '../../../src/deployments/targets/types.ts';
import type { Cluster } from '../../testbed/kubernetes/cluster.ts';
import { createRelease, temporaryFolder } from './releases.ts';

/** A kubernetes target in a repository of its own, and a namespace of its own in which a Deployment `web` may be. */
export interface PocketCluster {
  dir: string;
  target: ReturnType<typeof openKubernetesTarget>;
  reopen(config?: Record<string, unknown>): PocketCluster['target'];
  /** The Deployment `web`, as a file has it. */
  manifest(container?: Record<string, unknown>): string;
  /** Commits what is given and names the image of the fixture, or another one. */
  release(version: string, files?: Record<string, string>, image?: string): Promise<Release>;
  kubectl(...parameters: string[]): Promise<string>;
  /** What every pod that is not about to end answers. */
  served(): Promise<string[]>;
  destroy(): Promise<void>;
}

export async function openPocketCluster(cluster: Cluster, namespace: string): Promise<PocketCluster> {
  const dir = await temporaryFolder();
  const git = (...parameters: string[]) =>
    execa('git', ['-C', dir, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...parameters]);
  await git('init', '--quiet');
  const kubectl: PocketCluster['kubectl'] = (...parameters) =>
    cluster.kubectl(['--namespace', namespace, ...parameters]);
  await kubectl('create', 'namespace', namespace);
  const tag = `${cluster.registry.name}/shop:1`;
  const { docker } = cluster.docker;
  await docker('build', '--quiet', '--tag', tag, 'test/fixtures/release');
  await docker('push', '--quiet', tag);
  const built = await docker('image', 'inspect', '--format', '{{index .RepoDigests 0}}', tag);

  const reopen: PocketCluster['reopen'] = (config = {}) => {
    const { target } = environment.parse({
      target: {
        kind: 'kubernetes',
        url: 'http://127.0.0.1:9',
        deployment: 'web',
        namespace,
        kubeconfig: cluster.kubeconfig,
        version: { port: 8080 },
        readyWithin: '120s',
        ...config,
      },
    });
    if (target.kind !== 'kubernetes') throw new Error('not a kubernetes target');
    return openKubernetesTarget({
      environment: 'staging',
      project: 'shop',
      projectDir: dir,
      stateDir: path.join(dir, 'state'),
      config: target,
      serverEnvironment: { PATH: process.env.PATH, HOME: dir },
    });
  };
  return {
    dir,
    target: reopen(),
    reopen,
    manifest: (container = {}) =>
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: {
          progressDeadlineSeconds: 20,
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: {
              terminationGracePeriodSeconds: 1,
              containers: [
                {
                  name: 'web',
                  image: built,
                  env: [{ name: 'PORT', value: '8080' }],
                  readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
                  ...container,
                },
              ],
            },
          },
        },
      }),
    async release(version, files = {}, image = built) {
      for (const [name, content] of Object.entries(files)) {
        await fs.mkdir(path.dirname(path.join(dir, name)), { recursive: true });
        await fs.writeFile(path.join(dir, name), content);
      }
      await git('add', '--all', ...Object.keys(files));
      await git('commit', '--quiet', '--allow-empty', '--message', version);
      const commit = (await git('rev-parse', 'HEAD')).stdout;
      const artifact = await packImageReference(image, path.join(dir, 'artifacts'));
      return { ...(await createRelease(dir, version)), commit, artifact };
    },
    kubectl,
    async served() {
      const { items } = JSON.parse(await kubectl('get', 'pods', '--selector', 'app=web', '--output', 'json'));
      const addresses = items
        .filter(({ metadata }: { metadata: object }) => !('deletionTimestamp' in metadata))
        .map(({ status }: { status: { podIP?: string } }) => status.podIP);
      return Promise.all(
        addresses.map(
          async (address: string) =>
            (await fetch(`http://${address}:8080/`).catch(() => undefined))?.text() ?? 'nothing',
        ),
      );
    },
    async destroy() {
      await kubectl('delete', 'namespace', namespace, '--wait=false');
      await fs.rm(dir, { recursive: true, force: true });
    },
  };
}
