import { beforeAll, describe, expect, test } from 'vitest';
import { startLoad } from '../deployments/targets/load.ts';
import { usePocket } from './pocket.ts';

/** A release reaches few customers first, and goes back before most of them have met it. */

const on = usePocket();
const url = () => `http://127.0.0.1:${on.pocket.ports.staging}`;
const deploy = (args: Record<string, unknown> = {}) =>
  on.agent.call('deploy', { environment: 'staging', waitSeconds: 40, ...args });
const withStrategy = async (change: Record<string, unknown>) => {
  await on.pocket.configure(({ environments }) => {
    environments.staging.strategy = {
      kind: 'canary',
      steps: ['10%', '50%'],
      watch: '1s',
      patience: '1s',
      bake: '500ms',
      analysis: { errorRate: '<= 5%', minRequests: 20 },
      ...change,
    };
  });
  await on.pocket.agree();
};

beforeAll(async () => {
  expect((await deploy()).data.state).toBe('deployed'); // there must be one to share with
  await withStrategy({});
});

test('the plan names every share', async () => {
  const { data } = await deploy({ dryRun: true });
  expect(data.steps.join('\n')).toMatch(
    /shift 10%: [\s\S]*watchShare 10%: [\s\S]*shift 50%: [\s\S]*activate: /,
  );
});

test('a good release takes over share by share, and no request fails', async () => {
  const load = startLoad(`${url()}/`, 10);
  await on.pocket.commit({}, 'good');
  const { data } = await deploy();
  await load.stop();
  expect(data.state).toBe('deployed');
  expect(load.failures).toEqual([]);
  const { data: told } = await on.agent.call('getDeployment', { deploymentId: data.deploymentId });
  expect(told.deployment.steps.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining([
      'shift 10%',
      'watchShare 10%',
      'shift 50%',
      'watchShare 50%',
      'activate',
      'bake',
    ]),
  );
});

test('a bad one goes back from its first share, and nobody called it live', async () => {
  const before = (await (await fetch(`${url()}/healthz`)).json()) as { version: string };
  const load = startLoad(`${url()}/`, 10);
  await on.pocket.commit({ failsAfterRequests: 0 }, 'fails');
  const { data } = await deploy();
  await load.stop();
  expect(data).toMatchObject({
    state: 'rolledBack',
    failure: {
      code: 'ANALYSIS_FAILED',
      step: 'watchShare 10%',
      message: expect.stringContaining('10% of the traffic'),
    },
  });
  expect(await (await fetch(`${url()}/healthz`)).json()).toEqual(before);
});

describe('without traffic', () => {
  test('it asks a person, waits no longer than its patience, and goes back: silence proves nothing', async () => {
    await on.pocket.commit({}, 'nobody comes');
    const { data } = await deploy();
    expect(data).toMatchObject({
      state: 'rolledBack',
      failure: { code: 'ANALYSIS_FAILED', message: expect.stringContaining('inconclusive') },
    });
    const requests = await on.pocket.read('human-requests.md');
    expect(requests.match(/too little was seen to judge/g)).toHaveLength(1);
    expect(requests).toMatch(/The watch of \w+ with 10% of the traffic has ended\./); // nobody need answer any more
  });
});

test('a target that cannot share traffic is refused when the policy is read', async () => {
  await on.pocket.configure(({ environments }) => {
    environments.production.target = {
      kind: 'command',
      url: 'http://127.0.0.1:9',
      deploy: 'true',
      rollback: 'true',
    };
    environments.production.strategy = environments.staging.strategy;
  });
  const { data } = await on.agent.call('deploy', { environment: 'production' });
  expect(data.error).toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('cannot share the traffic between two releases'),
  });
});
