import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startLoad } from '../deployments/targets/load.ts';
import { type PrivateRegistry, startRegistry } from '../testbed/registry.ts';
import { useDocker } from '../testbed/use-docker.ts';
import { type Agent, createPocket, type Pocket } from './pocket.ts';
import { buildsPushedImage } from './pushed-image.ts';

/** The container target through the whole workflow: images that the build pushed, staging and production on one Docker. */
vi.setConfig({ testTimeout: 240_000 });

const docker = useDocker();
let pocket: Pocket;
let agent: Agent;
let registry: PrivateRegistry;
/** What staging served first, and what it proved last. */
let first: string;
let proven: { artifact: string; servedVersion: string };

beforeAll(async () => {
  if (!docker.runs) return;
  pocket = await createPocket();
  Object.assign(pocket.environment, docker.environment);
  registry = await startRegistry(docker.dir);
  const artifact = await buildsPushedImage(pocket, docker, registry);
  // It falls ill when customers come, however long the machine takes to let them.
  await pocket.edit('service.mjs', (text) =>
    text.replace(/const ill = .*;/, 'const ill = served > (behaviour.illAfterRequests ?? Infinity);'),
  );
  await pocket.configure((config) => {
    config.artifact = artifact;
    for (const [name, one] of Object.entries<Record<string, unknown>>(config.environments)) {
      one.target = {
        kind: 'container',
        port: pocket.ports[name as keyof Pocket['ports']],
        drain: '2s',
        passEnvironment: Object.keys(docker.environment),
      };
    }
    const { staging, production } = config.environments;
    staging.gate = { smoke: '100%' };
    staging.strategy = { kind: 'allAtOnce', bake: '500ms' };
    production.gate = { rollback: 'verified' };
    production.strategy = { kind: 'blueGreen', bake: '500ms' };
  });
  await pocket.commit({});
  agent = await pocket.connect();
});
afterAll(async () => {
  if (!docker.runs) return;
  await agent?.close();
  await pocket.destroy();
  await registry.stop();
});

const deploy = async (environment: string) =>
  (await agent.call('deploy', { environment, waitSeconds: 100 })).data;
const serves = async (environment: 'staging' | 'production') =>
  (await (await fetch(`http://127.0.0.1:${pocket.ports[environment]}/healthz`)).json()) as {
    version: string;
  };

/** Nobody of those who came meanwhile was turned away. */
async function underLoad<T>(environment: 'staging' | 'production', work: () => Promise<T>): Promise<T> {
  const load = startLoad(`http://127.0.0.1:${pocket.ports[environment]}/`, 6, 50);
  const result = await work().finally(() => load.stop());
  expect(load.failures.slice(0, 3)).toEqual([]);
  return result;
}

test('a first release is tested as a candidate and brought live', async () => {
  expect(await pocket.cli(['check'])).toMatchObject({ exitCode: 0 });
  const { state, servedVersion, to } = await deploy('staging');
  expect({ state, servedVersion }).toEqual({ state: 'deployed', servedVersion: to });
  first = to;
});

test('canary: one that falls ill goes back from its first share, a good one takes over; no request is lost', async () => {
  await pocket.configure(({ environments }) => {
    environments.staging.gate = {}; // it was shown above; each candidate is a container more
    environments.staging.strategy = {
      kind: 'canary',
      steps: ['20%'],
      watch: '1s',
      bake: '500ms',
      analysis: { errorRate: '<= 5%', minRequests: 10 },
    };
  });
  await pocket.agree();
  await pocket.commit({ illAfterRequests: 5 });
  const ill = await underLoad('staging', () => deploy('staging'));
  expect(ill).toMatchObject({ state: 'rolledBack', failure: { step: 'watchShare 20%' } });
  expect(await serves('staging')).toEqual({ version: first });
  await pocket.commit({});
  proven = await underLoad('staging', () => deploy('staging'));
  expect(proven).toMatchObject({ state: 'deployed' });
});

test('production runs the very image that staging proved, whether the registry still has it or not', async () => {
  await registry.stop();
  const { state, artifact, servedVersion } = await deploy('production');
  expect({ state, artifact, servedVersion }).toEqual({
    state: 'deployed',
    artifact: proven.artifact,
    servedVersion: proven.servedVersion,
  });
  const running = await docker.docker('ps', '--format', '{{.Image}} {{.Names}}');
  const images = running.split('\n').filter((line) => / (staging|production)-dep-/.test(line));
  expect(new Set(images.map((line) => line.split(' ')[0])).size).toBe(1);
});

test('a registry that is down fails the build, and nothing is touched', async () => {
  await pocket.commit({ note: 'pushed to nobody' });
  const { state, refused } = await deploy('staging');
  expect({ state, refused }).toMatchObject({
    state: 'failed',
    refused: { code: 'BUILD_FAILED', step: 'artifact', message: expect.stringContaining('refused') },
  });
  expect(await serves('staging')).toEqual({ version: proven.servedVersion });
});

test('allAtOnce, blueGreen and the rollback of production: no request is lost', async () => {
  registry = await startRegistry(docker.dir);
  await pocket.configure(({ environments }) => {
    environments.staging.strategy = { kind: 'allAtOnce', bake: '500ms' };
  });
  await pocket.agree();
  const staged = await underLoad('staging', () => deploy('staging'));
  expect(staged).toMatchObject({ state: 'deployed' });
  await underLoad('production', async () => {
    expect(await deploy('production')).toMatchObject({ state: 'deployed', servedVersion: staged.to });
    const back = { environment: 'production', reason: 'the test says so', waitSeconds: 100 };
    const { data } = await agent.call('rollback', back);
    expect(data).toMatchObject({ state: 'deployed', servedVersion: proven.servedVersion });
  });
  expect(await serves('production')).toEqual({ version: proven.servedVersion });
});
