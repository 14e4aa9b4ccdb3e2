import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, openApp } from '../../src/app.ts';
import { askedAlready } from '../../src/approvals/asked-already.ts';
import { userName } from '../../src/platform/self.ts';
import { usePocket } from '../e2e/pocket.ts';
import { stateRows } from '../state-rows.ts';

/** Nobody is sent to a request that cannot be answered, or whose yes would be worth nothing. */

const on = usePocket(
  (config) => {
    config.environments.staging.gate = {};
    config.environments.staging.approvals = { required: 1, from: ['stakeholder'], level: 'unverified' };
    config.approvers = { stakeholder: { allowedSigners: '.approvers' } };
  },
  { here: true },
);
let app: App;
let waiting: { deploymentId: string; commit: string; requestId: string; humanRequestId: string };

beforeAll(async () => {
  const { data } = await on.agent.call('deploy', { environment: 'staging', waitSeconds: 30 });
  waiting = { ...data, ...data.approvalRequest };
  expect(data.state).toBe('waitingForApproval');
  app = openApp({ projectDir: on.pocket.dir, serverEnvironment: on.pocket.environment });
});
afterAll(() => app.close());

const ask = async (asking: Partial<Parameters<typeof askedAlready>[1]> = {}) =>
  askedAlready(await app.project(), {
    environment: 'staging',
    commit: waiting.commit,
    caller: { kind: 'mcp', user: userName },
    ...asking,
  });
const set = (table: string, column: string, value: unknown) =>
  stateRows(on.pocket.dir, `update ${table} set ${column} = ?`, value);

test('the very same is there already', async () => {
  expect(await ask()).toBe(waiting.deploymentId);
});

test.each<[string, Parameters<typeof ask>[0]]>([
  ['another commit', { commit: '0'.repeat(40) }],
  ['another environment', { environment: 'production' }],
  ['a task', { taskId: 'T-002' }],
  ['a runbook', { runbook: { name: 'resize', parameters: {} } }],
  ['another user, whom others may answer', { caller: { kind: 'cli', user: 'somebody else' } }],
])('%s is something else', async (_, asking) => {
  expect(await ask(asking)).toBeUndefined();
});

test.each<[table: string, column: string, value: unknown]>([
  ['approvals', 'expires_at', '2099-01-01T00:00:00.000Z'],
  ['approvals', 'required', 99],
  ['approvals', 'roles', '["nobody"]'],
  ['approvals', 'level', 'signed'],
  ['approvals', 'status', 'rejected'],
  ['approvals', 'statement', 'devops-engineer approval v1\n{}\n'],
  ['deployments', 'cancel_reason', 'not now'],
  ['deployments', 'artifact_digest', 'sha256:0'],
  ['deployments', 'state', 'failed'],
])('not with %s.%s %s', async (table, column, value) => {
  const [before] = stateRows(on.pocket.dir, `select ${column} as value from ${table}`);
  set(table, column, value);
  expect(await ask()).toBeUndefined();
  set(table, column, before.value);
  expect(await ask()).toBe(waiting.deploymentId);
});

test('not without the artifact that was approved', async () => {
  const artifacts = path.join(on.pocket.dir, '.devops', 'artifacts');
  await fs.rename(artifacts, `${artifacts}.away`);
  expect(await ask()).toBeUndefined();
  await fs.rename(`${artifacts}.away`, artifacts);
  expect(await ask()).toBe(waiting.deploymentId);
});

test('a request that nobody finds in the document any more is written there again, once', async () => {
  const file = path.join(on.pocket.dir, 'human-requests.md');
  const before = await fs.readFile(file, 'utf8');
  await fs.writeFile(file, '# Human Requests\n');
  await ask();
  await ask();
  const after = await fs.readFile(file, 'utf8');
  expect(after.split(waiting.requestId)).toHaveLength(before.split(waiting.requestId).length);
  const { data } = await on.agent.call('getDeployment', { deploymentId: waiting.deploymentId });
  expect(data.deployment.approvalRequest).toBe(waiting.requestId);
});
