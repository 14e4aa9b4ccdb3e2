import { rm } from 'node:fs/promises';
import path from 'node:path';
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
const deploy = async () => (await on.agent.call('deploy', { environment: 'staging', waitSeconds: 30 })).data;

test('before there is anything to go back to, it says so', async () => {
  const { data } = await on.agent.call('rollback', { environment: 'staging', reason: 'just trying' });
  expect(data.error.code).toBe('NOT_RESTORABLE');
});

test('brings the release before back, proves it, and marks the bad one', async () => {
  const first = await deploy();
  await on.pocket.commit({}, 'second');
  const second = await deploy();
  const { data } = await on.agent.call('rollback', {
    environment: 'staging',
    reason: 'users complain',
    waitSeconds: 30,
  });
  expect(data).toMatchObject({ state: 'deployed', from: second.to, to: first.to, servedVersion: first.to });
  expect(await served()).toBe(first.to);
  const bad = await on.agent.call('getDeployment', { deploymentId: second.deploymentId });
  expect(bad.data.deployment.state).toBe('rolledBack');
  const rollback = await on.agent.call('getDeployment', { environment: 'staging' });
  expect(rollback.data.deployment).toMatchObject({
    rollbackOf: second.deploymentId,
    reason: 'users complain',
  });
  const metrics = await on.agent.call('reportMetrics', { window: '1h' });
  expect(metrics.data.changeFailureRate).toEqual({ count: 1, of: 2, percent: 50 });
  expect(metrics.data.failedDeploymentRecoveryTime.count).toBe(1);
});

test('what is live already, and what was never proven here, is refused with what is possible', async () => {
  const live = await served();
  expect(
    (await on.agent.call('rollback', { environment: 'staging', to: live, reason: 'x' })).data.error.code,
  ).toBe('NO_CHANGE');
  const unknown = await on.agent.call('rollback', { environment: 'staging', to: 'v0.0.1', reason: 'x' });
  expect(unknown.data.error.code).toBe('NOT_RESTORABLE');
});

test('a release whose files are gone is refused before anything is touched', async () => {
  await on.pocket.commit({}, 'third');
  await deploy();
  const before = await served();
  await rm(path.join(on.pocket.dir, '.devops/artifacts'), { recursive: true });
  await rm(path.join(on.pocket.dir, '.devops/targets/staging/releases'), { recursive: true });
  const { data } = await on.agent.call('rollback', { environment: 'staging', reason: 'x' });
  expect(data.error).toMatchObject({
    code: 'NOT_RESTORABLE',
    remedy: expect.stringContaining('Deploy its commit'),
  });
  expect(await served()).toBe(before);
});
