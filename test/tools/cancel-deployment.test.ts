import { expect, test } from 'vitest';
import { usePocket } from '../e2e/pocket.ts';

const on = usePocket(
  ({ environments }) => {
    environments.staging.gate = {};
  },
  { here: true },
);

const served = async () =>
  ((await (await fetch(`http://127.0.0.1:${on.pocket.ports.staging}/healthz`)).json()) as { version: string })
    .version;
const final = async (deploymentId: string) =>
  (await on.agent.call('getDeployment', { deploymentId, waitSeconds: 20 })).data.deployment;

test('after the switch, the release before is brought back', async () => {
  const { data: first } = await on.agent.call('deploy', { environment: 'staging', waitSeconds: 20 });
  await on.pocket.configure(({ environments }) => {
    environments.staging.strategy.bake = '20s';
  });
  await on.pocket.commit({}, 'second');
  const { data } = await on.agent.call('deploy', { environment: 'staging', waitSeconds: 0 });
  const state = async () =>
    (await on.agent.call('getDeployment', { deploymentId: data.deploymentId })).data.deployment.state;
  await expect.poll(state, { timeout: 20_000 }).toBe('baking');
  await on.agent.call('cancelDeployment', { deploymentId: data.deploymentId, reason: 'wrong day' });
  expect(await final(data.deploymentId)).toMatchObject({
    state: 'rolledBack',
    failure: { code: 'CANCELLED', message: 'cancelled: wrong day' },
  });
  expect(await served()).toBe(first.to);
});

test('while its checks still run, it just ends', async () => {
  await on.pocket.configure(({ environments, checks }) => {
    environments.staging.gate = { unit: '100%' };
    checks.unit.run = 'sleep 30';
  });
  await on.pocket.agree();
  const before = await served();
  const { data } = await on.agent.call('deploy', { environment: 'staging', waitSeconds: 1 });
  const { data: answer } = await on.agent.call('cancelDeployment', {
    deploymentId: data.deploymentId,
    reason: 'no',
  });
  expect(answer.deploymentId).toBe(data.deploymentId);
  expect(await final(data.deploymentId)).toMatchObject({ state: 'cancelled' });
  expect(await served()).toBe(before);
  expect(await on.agent.call('deploy', { environment: 'staging', dryRun: true })).toMatchObject({
    isError: false,
  });
});

test('what has ended cannot be cancelled', async () => {
  const { data } = await on.agent.call('getDeployment', { environment: 'staging' });
  const again = await on.agent.call('cancelDeployment', { deploymentId: data.deployment.id, reason: 'x' });
  expect(again.data.error.code).toBe('NOT_CANCELLABLE');
  expect(
    (await on.agent.call('cancelDeployment', { deploymentId: 'dep-none', reason: 'x' })).data.error.code,
  ).toBe('UNKNOWN_DEPLOYMENT');
});

test('the checks of a gate end too, and prove nothing', async () => {
  const begun = await on.agent.call('evaluateGate', { environment: 'staging', run: 'all', waitSeconds: 0.5 });
  expect(begun.data.verdict).toBe('running');
  const cancel = () => on.agent.call('cancelDeployment', { deploymentId: begun.data.gateId, reason: 'no' });
  expect((await cancel()).data).toMatchObject({ state: 'cancelled', environment: 'staging' });
  const { data } = await on.agent.call('evaluateGate', { environment: 'staging', waitSeconds: 10 });
  expect(data).toMatchObject({ gateId: begun.data.gateId, verdict: 'inconclusive' });
  expect(JSON.stringify(data.requirements)).toContain('was cancelled');
  expect((await cancel()).data.error.code).toBe('NOT_CANCELLABLE');
});
