import * as fs from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { usePocket } from '../e2e/pocket.ts';

const on = usePocket();

const served = async (port: number) =>
  ((await (await fetch(`http://127.0.0.1:${port}/healthz`)).json()) as { version: string }).version;

test('dryRun shows the plan and changes nothing', async () => {
  const { data } = await on.agent.call('deploy', { environment: 'staging', dryRun: true });
  expect(data.state).toBe('planned');
  expect(data.steps.join('\n')).toMatch(/artifact[\s\S]*gate[\s\S]*activate[\s\S]*verify[\s\S]*bake/);
  expect((await on.agent.call('getDeployment', { environment: 'staging' })).data.error.code).toBe(
    'UNKNOWN_DEPLOYMENT',
  );
});

test('returns its handle in under 2 s, runs the gate itself, and carries the release live with its task', async () => {
  const startedAt = Date.now();
  const { data } = await on.agent.call('deploy', { environment: 'staging', taskId: 'T-002' });
  expect(Date.now() - startedAt).toBeLessThan(4_000); // 2 s where nothing else runs
  const { data: ended } = await on.agent.call('getDeployment', {
    deploymentId: data.deploymentId,
    waitSeconds: 30,
  });
  expect(ended.deployment).toMatchObject({ state: 'deployed', servedVersion: data.commit.slice(0, 12) });
  expect(await served(on.pocket.ports.staging)).toBe(data.commit.slice(0, 12));
  expect(JSON.parse(await on.pocket.read('tasks.json'))[1]).toMatchObject({ status: 'deployed' });
  expect(await on.pocket.read('deployment-log.md')).toContain(data.deploymentId);
  await expect
    .poll(() => on.pocket.messages)
    .toContainEqual(expect.objectContaining({ event: 'deployed', subject: data.deploymentId }));
});

test('production takes only what staging proved, and it is the very same artifact', async () => {
  await on.pocket.commit({}, 'never staged');
  const refused = await on.agent.call('deploy', {
    environment: 'production',
    taskId: 'T-003',
    waitSeconds: 30,
  });
  expect(refused.data.refused).toMatchObject({
    code: 'GATE_FAILED',
    requirements: expect.arrayContaining([expect.objectContaining({ name: 'after' })]),
  });
  expect(JSON.parse(await on.pocket.read('tasks.json'))[2].status).toBe('blocked');
  const { data } = await on.agent.call('deploy', {
    environment: 'production',
    ref: 'HEAD~1',
    waitSeconds: 30,
  });
  expect(data.state).toBe('deployed');
  const staging = await on.agent.call('getDeployment', { environment: 'staging' });
  expect(data.artifact).toBe(staging.data.deployment.artifact);
});

test('two at once: one runs, the other is told who holds the environment', async () => {
  const answers = await Promise.all([1, 2, 3].map(() => on.agent.call('deploy', { environment: 'staging' })));
  const accepted = answers.filter(({ isError }) => !isError);
  expect(accepted).toHaveLength(1);
  for (const { data } of answers.filter(({ isError }) => isError)) {
    expect(data.error).toMatchObject({ code: 'ENVIRONMENT_BUSY', retryable: true });
    expect(data.error.message).toContain(accepted[0]?.data.deploymentId);
  }
  const { data } = await on.agent.call('getDeployment', {
    deploymentId: accepted[0]?.data.deploymentId,
    waitSeconds: 30,
  });
  expect(data.deployment.state).toBe('deployed');
});

test('a release that cannot start touches nothing', async () => {
  const before = await served(on.pocket.ports.staging);
  await on.pocket.configure(({ environments }) => {
    delete environments.staging.gate.smoke;
  });
  await on.pocket.agree();
  await on.pocket.commit({ diesAtStart: true });
  const { data } = await on.agent.call('deploy', { environment: 'staging', waitSeconds: 30 });
  expect(data).toMatchObject({ state: 'failed', failure: { code: 'TARGET_FAILED', step: 'stage' } });
  expect(await served(on.pocket.ports.staging)).toBe(before);
});

test('a release that lies about its version, or falls ill while it is watched, is rolled back by itself', async () => {
  const before = await served(on.pocket.ports.staging);
  await on.pocket.configure(({ environments }) => {
    environments.staging.health.timeout = '1s';
    environments.staging.strategy.bake = '30s';
  });
  await on.pocket.commit({ liesAboutVersion: '1.2.3' });
  const liar = await on.agent.call('deploy', { environment: 'staging', waitSeconds: 30 });
  expect(liar.data).toMatchObject({ state: 'rolledBack', failure: { code: 'HEALTH_FAILED' } });
  const illness = path.join(on.pocket.dir, '.git', 'illness');
  await on.pocket.commit({ illWhileThereIs: illness });
  const watched = on.agent.call('deploy', { environment: 'staging', waitSeconds: 60 });
  const steps = async () =>
    (await on.agent.call('getDeployment', { environment: 'staging' })).data.deployment.steps;
  await expect.poll(steps).toContainEqual(expect.objectContaining({ name: 'bake' }));
  await fs.writeFile(illness, '');
  const ill = await watched;
  expect(ill.data).toMatchObject({ state: 'rolledBack', failure: { code: 'ANALYSIS_FAILED', step: 'bake' } });
  expect(await served(on.pocket.ports.staging)).toBe(before);
  const { data: told } = await on.agent.call('getDeployment', { deploymentId: ill.data.deploymentId });
  expect(told.deployment.servedVersion).toBe(before); // what serves now, not what was tried
  const fixes = await on.agent.call('filterTasks', { type: 'urgent_fix', fields: ['title', 'description'] });
  expect(fixes.data.tasks.map(({ description }: { description: string }) => description).join()).toContain(
    ill.data.deploymentId,
  );
});

test('wrong calls are typed errors and leave no trace', async () => {
  const before = await on.agent.call('getAudit', { limit: 1 });
  const codes = [];
  for (const args of [
    { environment: 'nowhere' },
    { environment: 'staging', ref: 'nothing' },
    { environment: 'staging', taskId: 'T-999' },
    { environment: 7 },
  ]) {
    codes.push((await on.agent.call('deploy', args)).data.error.code);
  }
  expect(codes).toEqual(['UNKNOWN_ENVIRONMENT', 'UNKNOWN_COMMIT', 'UNKNOWN_TASK', 'INVALID_ARGUMENTS']);
  const after = await on.agent.call('getAudit', { limit: 10 });
  const since = after.data.entries.filter(
    ({ position }: { position: number }) => position > before.data.entries[0].position,
  );
  expect(since).toEqual([]);
  expect((await on.pocket.git('status', '--porcelain', '--', 'tasks.json')).length).toBeLessThan(20);
});

test('the handle comes in time even when an endpoint that the gate asks hangs', async () => {
  const { createServer } = await import('node:http');
  const hanging = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => hanging.once('listening', resolve));
  const { port } = hanging.address() as { port: number };
  await on.pocket.configure(({ environments, notify }) => {
    environments.production = {
      ...environments.staging,
      gate: { monitoring: 'configured' },
      metrics: { path: '/metrics' },
      alerts: { prometheus: `http://127.0.0.1:${port}` },
      target: { kind: 'command', url: `http://127.0.0.1:${port}`, deploy: 'true', rollback: 'true' },
    };
    notify[0].on = ['failed', 'rolledBack'];
  });
  await on.pocket.agree();
  const startedAt = Date.now();
  const { data } = await on.agent.call('deploy', { environment: 'production' });
  expect(Date.now() - startedAt).toBeLessThan(4_000); // 2 s where nothing else runs
  expect(data.state).toBe('pending');
  await on.agent.call('cancelDeployment', { deploymentId: data.deploymentId, reason: 'seen enough' });
  hanging.closeAllConnections();
  hanging.close();
});
