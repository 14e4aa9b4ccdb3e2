import * as fs from 'node:fs/promises';
import path from 'node:path';
import { describe } from 'vitest';
import { environment, type TargetConfig } from '../../../src/config/schema.ts';
import { openTarget } from '../../../src/deployments/targets/index.ts';
import type { Target } from '../../../src/deployments/targets/types.ts';
import { bundleHost } from '../../platform/process-host/bundled-host.ts';
import { useCluster } from '../../testbed/kubernetes/use-cluster.ts';
import { startSshHosts } from '../../testbed/ssh-hosts.ts';
import { useDocker } from '../../testbed/use-docker.ts';
import { conforms, type Specimen } from './conformance.ts';
import { openPocketCluster } from './pocket-cluster.ts';
import { openPocketCompose } from './pocket-compose.ts';
import { openPocketContainers } from './pocket-containers.ts';
import { openPocketTarget } from './pocket-target.ts';
import { createRelease, temporaryFolder } from './releases.ts';

/** By kind: each asks for it before its own tests, and only there. */
const dockers: Partial<Record<string, ReturnType<typeof useDocker>>> = {};
let cluster: ReturnType<typeof useCluster>;

/** Every kind of target, each with its real parts. A kind that is missing here does not compile. */
const specimens: Record<TargetConfig['kind'], () => Promise<Specimen>> = {
  async process() {
    const bundleDir = await temporaryFolder();
    const pocket = await openPocketTarget(await bundleHost(bundleDir));
    return {
      target: pocket.target,
      one: await createRelease(pocket.dir, 'one'),
      two: await createRelease(pocket.dir, 'two'),
      served: async () => [await (await fetch(pocket.target.url)).text()],
      async destroy() {
        await pocket.destroy();
        await fs.rm(bundleDir, { recursive: true, force: true });
      },
    };
  },

  async command() {
    const dir = await temporaryFolder();
    const target = open(dir, {
      kind: 'command',
      url: 'http://127.0.0.1:9',
      deploy: 'printf %s "$DEVOPS_VERSION" > live',
      rollback: 'printf %s "$DEVOPS_VERSION" > live',
      version: 'cat live',
    });
    return {
      target,
      one: await createRelease(dir, 'one'),
      two: await createRelease(dir, 'two'),
      served: async () => [await fs.readFile(path.join(dir, 'live'), 'utf8')],
      destroy: () => fs.rm(dir, { recursive: true, force: true }),
    };
  },

  async ssh() {
    const testbed = await startSshHosts(2);
    const { dir, hosts, config } = testbed;
    return {
      target: open(dir, config),
      one: await createRelease(dir, 'one', 'small-release'),
      two: await createRelease(dir, 'two', 'small-release'),
      served: () => Promise.all(hosts.map((host) => host.serves())),
      destroy: () => testbed.destroy(),
    };
  },

  async container() {
    const docker = dockers.container as ReturnType<typeof useDocker>;
    const pocket = await openPocketContainers(docker);
    return {
      target: pocket.target,
      one: await createRelease(pocket.dir, 'one'),
      two: await createRelease(pocket.dir, 'two'),
      served: async () => [await (await fetch(pocket.target.url)).text()],
      destroy: async () => (docker.runs ? pocket.destroy() : undefined),
    };
  },

  async compose() {
    const docker = dockers.compose as ReturnType<typeof useDocker>;
    const pocket = await openPocketCompose(docker);
    return {
      target: pocket.target,
      one: await pocket.release('one', pocket.composeFile({ instances: 'inside' })),
      two: await pocket.release('two', pocket.composeFile({ instances: 'inside' })),
      served: () => pocket.served(),
      destroy: async () => (docker.runs ? pocket.destroy() : undefined),
    };
  },

  async kubernetes() {
    if (!cluster.runs) return { destroy: async () => undefined } as Specimen; // each test is skipped
    const pocket = await openPocketCluster(cluster, 'conformance');
    await cluster.kubectl(['--namespace', 'conformance', 'apply', '--filename', '-'], pocket.manifest());
    return {
      target: pocket.target,
      one: await pocket.release('one'),
      two: await pocket.release('two'),
      served: () => pocket.served(),
      destroy: async () => (cluster.runs ? pocket.destroy() : undefined),
    };
  },
};

function open(dir: string, config: Record<string, unknown>): Target {
  return openTarget({
    environment: 'staging',
    project: 'shop',
    projectDir: dir,
    stateDir: path.join(dir, 'state'),
    config: environment.parse({ target: config }).target,
    serverEnvironment: { PATH: process.env.PATH, HOME: dir },
  });
}

for (const [kind, create] of Object.entries(specimens)) {
  describe(kind, () => {
    if (kind === 'container' || kind === 'compose') dockers[kind] = useDocker();
    if (kind === 'kubernetes') cluster = useCluster();
    conforms(kind, create);
  });
}
