import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { usePocket } from './pocket.ts';

/** MCP Tasks as the wire has them: the client library of this generation knows no such results. */

const on = usePocket();
const cli = new URL('../../dist/cli.js', import.meta.url).pathname;
const extension = 'io.modelcontextprotocol/tasks';

let server: ChildProcess;
let waiting: Map<number, (message: Reply) => void>;

interface Reply {
  result?: Record<string, unknown> & { status?: string; result?: Record<string, unknown> };
  error?: { code: number; message: string; data?: unknown };
}

function start() {
  waiting = new Map();
  server = spawn(process.execPath, [cli, '--project', on.pocket.dir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  createInterface({ input: server.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    const message = JSON.parse(line) as Reply & { id?: number };
    if (message.id !== undefined) waiting.get(message.id)?.(message);
  });
}
beforeEach(start);
afterEach(() => void server.kill('SIGKILL'));

let lastId = 0;

function ask(method: string, params: object, extensions: object = { [extension]: {} }): Promise<Reply> {
  lastId += 1;
  const id = lastId;
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'task-client', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': { extensions },
  };
  server.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta } })}\n`);
  return new Promise((resolve) => waiting.set(id, resolve));
}

const deploy = async (args: object = {}, extensions?: object) =>
  ask('tools/call', { name: 'deploy', arguments: { environment: 'staging', ...args } }, extensions);

async function ended(taskId: unknown): Promise<NonNullable<Reply['result']>> {
  let task: Reply['result'];
  await expect
    .poll(
      async () => {
        task = (await ask('tasks/get', { taskId })).result;
        return task?.status;
      },
      { timeout: 60_000, interval: 100 },
    )
    .not.toBe('working');
  return task as NonNullable<Reply['result']>;
}

test('a deployment is a task for clients that know tasks, and outlives the server that began it', async () => {
  const { result: found } = await ask('server/discover', {});
  expect(found?.capabilities).toMatchObject({ extensions: { [extension]: {} } });

  await on.pocket.commit({}, 'a task');
  const { result: task } = await deploy();
  expect(task).toMatchObject({
    resultType: 'task',
    taskId: expect.stringMatching(/^dep-/),
    status: 'working',
    ttlMs: null,
    pollIntervalMs: expect.any(Number),
  });
  expect(task).not.toHaveProperty('structuredContent');

  server.kill('SIGKILL');
  start(); // any server knows the task: it is the deployment
  expect(await ended(task?.taskId)).toMatchObject({ status: 'completed', taskId: task?.taskId });
}, 90_000);

test('at its end it carries what the tool would have answered', async () => {
  await on.pocket.commit({}, 'to its end');
  const { result: task } = await deploy();
  const end = await ended(task?.taskId);
  expect(end).toMatchObject({
    resultType: 'complete',
    status: 'completed',
    createdAt: task?.createdAt,
    result: {
      structuredContent: { deploymentId: task?.taskId, state: 'deployed' },
      content: [{ type: 'text', text: expect.stringContaining('deployed') }],
    },
  });
  // What is over already is an answer, not a task.
  const { result: refused } = await deploy({ environment: 'nowhere' });
  expect(refused).toMatchObject({ isError: true, resultType: 'complete' });
}, 90_000);

test('a client that cancels it cancels the deployment', async () => {
  await on.pocket.commit({}, 'to be cancelled');
  const { result: task } = await deploy({ notBefore: new Date(Date.now() + 3_600_000).toISOString() });
  expect((await ask('tasks/cancel', { taskId: task?.taskId })).result).toMatchObject({
    resultType: 'complete',
  });
  expect(await ended(task?.taskId)).toMatchObject({ status: 'cancelled' });
  const { data } = await on.agent.call('getDeployment', { deploymentId: task?.taskId as string });
  expect(data.deployment).toMatchObject({ state: 'cancelled' });
  // Too late is no error: the wish is heard, and changes nothing.
  expect((await ask('tasks/cancel', { taskId: task?.taskId })).error).toBeUndefined();
  expect(
    (await ask('tasks/update', { taskId: task?.taskId, inputResponses: { x: {} } })).error,
  ).toBeUndefined();
}, 60_000);

test('a client that does not know tasks gets answers, and may not ask for tasks', async () => {
  await on.pocket.commit({}, 'no task');
  const { result } = await deploy({}, {});
  expect(result).toMatchObject({ resultType: 'complete', structuredContent: { state: expect.any(String) } });
  const deploymentId = (result?.structuredContent as { deploymentId: string } | undefined)?.deploymentId;
  for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
    const { error } = await ask(method, { taskId: deploymentId, inputResponses: {} }, {});
    expect(error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { extensions: { [extension]: {} } } },
    });
  }
  await ended(deploymentId);
}, 60_000);

test('a task that does not exist is named as such', async () => {
  for (const taskId of ['dep-0000000000', '../../etc/passwd', '']) {
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      expect((await ask(method, { taskId, inputResponses: {} })).error).toMatchObject({ code: -32602 });
    }
  }
});
