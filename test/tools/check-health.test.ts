import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, createPocket, type Pocket } from '../e2e/pocket.ts';

let pocket: Pocket;
let agent: Agent;

beforeAll(async () => {
  pocket = await createPocket();
  await pocket.configure(({ environments }) => {
    environments.staging.gate = {};
  });
  agent = await pocket.connect();
});
afterAll(async () => {
  await agent.close();
  await pocket.destroy();
});

test('where nothing was ever deployed, health is unknown, not good', async () => {
  const { data } = await agent.call('checkHealth', { environment: 'staging' });
  expect(data).toMatchObject({ status: 'unknown', servedVersions: [] });
});

test('a live release is healthy, with its traffic; a dead one is down', async () => {
  await pocket.commit({ illAfterMs: 4_000 });
  const { data: request } = await agent.call('deploy', { environment: 'staging', waitSeconds: 20 });
  expect(request.state).toBe('deployed');
  const { data } = await agent.call('checkHealth', { environment: 'staging' });
  expect(data).toMatchObject({
    status: 'healthy',
    servedVersions: [request.to],
    expectedVersion: request.to,
    problems: [],
  });
  expect(data.metrics.requests).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const ill = await agent.call('checkHealth', { environment: 'staging' });
  expect(ill.data).toMatchObject({ status: 'down', problems: [expect.stringContaining('503')] });
});

test('messages nobody took are a problem that shows', async () => {
  await pocket.configure(({ notify }) => {
    notify[0].url = 'http://127.0.0.1:9/';
  });
  await agent.call('requestHuman', { kind: 'decision', title: 'x', description: 'y' });
  const { data } = await agent.call('checkHealth', { environment: 'staging' });
  expect(data.problems.join()).toContain('1 notifications are undelivered');
});

test('an unknown environment is named', async () => {
  expect((await agent.call('checkHealth', { environment: '__proto__' })).data.error.code).toBe(
    'UNKNOWN_ENVIRONMENT',
  );
});
