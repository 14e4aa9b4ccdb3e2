import * as fs from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { expect, test } from 'vitest';
import { usePocket } from '../e2e/pocket.ts';

const on = usePocket(
  ({ environments }) => {
    environments.staging.gate = {};
  },
  { here: true },
);

test('where nothing was ever deployed, health is unknown, not good', async () => {
  const { data } = await on.agent.call('checkHealth', { environment: 'staging' });
  expect(data).toMatchObject({ status: 'unknown', servedVersions: [] });
});

test('a live release is healthy, with its traffic; a dead one is down', async () => {
  const illness = path.join(on.pocket.dir, '.git', 'illness');
  await on.pocket.commit({ illWhileThereIs: illness });
  const { data: request } = await on.agent.call('deploy', { environment: 'staging', waitSeconds: 20 });
  expect(request.state).toBe('deployed');
  const { data } = await on.agent.call('checkHealth', { environment: 'staging' });
  expect(data).toMatchObject({
    status: 'healthy',
    servedVersions: [request.to],
    expectedVersion: request.to,
    problems: [],
  });
  expect(data.metrics.requests).toBeGreaterThan(0);
  await fs.writeFile(illness, '');
  const ill = await on.agent.call('checkHealth', { environment: 'staging' });
  expect(ill.data).toMatchObject({ status: 'down', problems: [expect.stringContaining('503')] });
  await fs.rm(illness);
});

test('messages nobody took are a problem that shows', async () => {
  await on.pocket.configure(({ notify }) => {
    notify[0].url = 'http://127.0.0.1:9/';
  });
  await on.agent.call('requestHuman', { kind: 'decision', title: 'x', description: 'y' });
  const problems = async () =>
    (await on.agent.call('checkHealth', { environment: 'staging' })).data.problems.join();
  await expect.poll(problems).toContain('1 notifications are undelivered (webhook notify[0]): ');
});

test('an unknown environment is named', async () => {
  expect((await on.agent.call('checkHealth', { environment: '__proto__' })).data.error.code).toBe(
    'UNKNOWN_ENVIRONMENT',
  );
});

test('an environment that a person took out of service is gone, and can be deployed to again', async () => {
  expect((await on.pocket.cli(['down', 'staging'])).exitCode).toBe(0);
  expect((await on.agent.call('checkHealth', { environment: 'staging' })).data).toMatchObject({
    status: 'unknown',
  });
  const foreign = createServer((_, response) => response.end('{}'));
  await new Promise<void>((resolve) => foreign.listen(on.pocket.ports.staging, '127.0.0.1', resolve));
  expect((await on.agent.call('checkHealth', { environment: 'staging' })).data).toMatchObject({
    status: 'degraded',
    problems: expect.arrayContaining([
      expect.stringMatching(/^something answers at \S+, which was not deployed from here$/),
    ]),
  });
  await new Promise((resolve) => foreign.close(resolve));
  await on.pocket.commit({});
  const { data } = await on.agent.call('deploy', { environment: 'staging', waitSeconds: 20 });
  expect(data).toMatchObject({ state: 'deployed' });
  expect(data.from).toBeUndefined();
});
