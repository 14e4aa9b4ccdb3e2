import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { usePocket } from '../../e2e/pocket.ts';

/** What a gate that does not pass sets in motion, seen from the front door and on the board. */

const on = usePocket(
  (config) => {
    config.checks = { unit: { run: 'cat report.xml; exit $(cat code)', report: { format: 'junit' } } };
    config.environments.staging.gate = { unit: '100%' };
    config.environments.staging.validate = [];
  },
  { here: true },
);

interface Entry {
  task_id: string;
  type: string;
  status: string;
  agent: string;
  priority: string;
  payload: { title: string; description: string; cause?: Record<string, string> };
  result?: { message: string };
  notes?: string;
}
const board = async () => JSON.parse(await on.pocket.read('tasks.json')) as Entry[];
const entry = async (id: string) => (await board()).find(({ task_id }) => task_id === id);
const gate = async (args = {}) => on.agent.call('evaluateGate', { environment: 'staging', ...args });

async function report(xml: string, exitCode: number): Promise<void> {
  await writeFile(path.join(on.pocket.dir, 'report.xml'), xml);
  await writeFile(path.join(on.pocket.dir, 'code'), String(exitCode));
  await on.pocket.commit({}, 'next');
}
const suite = (...names: string[]) =>
  `<testsuite name="unit"><testcase name="fine"/>${names
    .map((name) => `<testcase name="${name}" classname="sum"><failure message="${name} is red"/></testcase>`)
    .join('')}</testsuite>`;

describe('red tests', () => {
  beforeAll(() => report(suite('a', 'b', 'c', 'd', 'e', 'f', 'g'), 1));

  test('are told by name first, and each has its task, up to a bound', async () => {
    const { data, text } = await gate();
    expect(data.verdict).toBe('fail');
    expect(data.fixTasks).toHaveLength(6);
    const tasks = (await board()).slice(3);
    expect(tasks.map(({ agent }) => agent)).toEqual([...Array(6).fill('Task-Coder'), 'Product-Manager']);
    expect(tasks[0]).toMatchObject({
      type: 'urgent_fix',
      status: 'pending',
      priority: 'high',
      payload: { title: expect.stringContaining('a'), cause: { gate: 'staging', check: 'unit' } },
    });
    expect(tasks[5]?.payload.title).toContain('2 more failures of unit');
    expect(tasks[6]).toMatchObject({ type: 'risk_assessment', task_id: data.escalation });
    const [reasons = ''] = /⟦untrusted reasons[\s\S]*?⟧/.exec(text) ?? [];
    expect(reasons).toMatch(/sum > a; sum > b; sum > c; sum > d; sum > e; and 2 more\.\nsum > a: a is red/);
    expect(text).toMatch(/unit: fail; required pass rate >= 100%; observed 1 of 8 passed \(12\.5%\) \(ev-/);
    expect(text).toContain(`Escalated to Product-Manager: ${data.escalation}`);
    await expect.poll(() => on.pocket.messages.filter(({ event }) => event === 'gateFailed').length).toBe(1);
  });

  test('set nothing in motion twice, whoever asks again, also when somebody calls a task done', async () => {
    const before = await on.pocket.read('tasks.json');
    const first = await gate({ run: 'none' });
    const again = await gate();
    expect(again.data.fixTasks).toEqual(first.data.fixTasks);
    expect(await on.pocket.read('tasks.json')).toBe(before);
    await on.agent.call('updateTask', { id: again.data.fixTasks[0], status: 'done' });
    await gate();
    expect(await board()).toHaveLength(10);
    expect(on.pocket.messages.filter(({ event }) => event === 'gateFailed')).toHaveLength(1);
    const audit = await on.agent.call('getAudit', { limit: 100 });
    const failed = audit.data.entries.filter(({ action }: { action: string }) => action === 'gate.failed');
    expect(failed).toMatchObject([{ decision: 'blocked', detail: { escalation: again.data.escalation } }]);
  });

  test('block the task of the deployment, once, with the gate and the reason', async () => {
    const refused = await on.agent.call('deploy', {
      environment: 'staging',
      taskId: 'T-002',
      waitSeconds: 60,
    });
    expect(refused.data).toMatchObject({ state: 'failed', refused: { code: 'GATE_FAILED' } });
    expect(refused.data.fixTasks).toHaveLength(6);
    expect(refused.data.notices).toEqual([
      'task T-002 is "blocked" now, a status that no other task of this board has',
    ]);
    const task = await entry('T-002');
    expect(task).toMatchObject({ status: 'blocked' });
    const note = task?.result?.message ?? task?.notes ?? '';
    expect(note).toMatch(
      /^Blocked, .* staging \(GATE_FAILED\): the staging gate does not pass\. unit: 1 of 8 passed/,
    );
    expect(note).toContain('Tasks: T-004');
    const again = await on.agent.call('deploy', { environment: 'staging', taskId: 'T-002', waitSeconds: 60 });
    expect(again.data.notices).toBeUndefined();
    expect(await entry('T-002')).toEqual(task);
  });

  test('an open task is found again for the same test of a later commit', async () => {
    await report(suite('b'), 1);
    const { data } = await gate();
    const [id] = data.fixTasks;
    expect(data.fixTasks).toHaveLength(1);
    expect((await entry(id))?.payload.cause).toMatchObject({ test: 'sum > b' });
    expect((await board()).filter(({ agent }) => agent === 'Task-Coder')).toHaveLength(7);
    const own = await on.agent.call('createFixTask', {
      title: 'mine',
      description: 'x',
      cause: { gateId: data.gateId, check: 'unit' },
    });
    expect(own.data).toMatchObject({ created: false, task: { id } });
    const metrics = await on.agent.call('reportMetrics', { window: '1h' });
    expect(metrics.data.gateFailures).toEqual([{ check: 'unit', count: 2 }]);
  });
});

test('a report that proves nothing is the Tester’s, and nobody weighs a risk yet', async () => {
  await report('<testsuite name="unit" tests="0"/>', 0);
  const { data } = await gate();
  expect(data).toMatchObject({ verdict: 'inconclusive' });
  expect(data.escalation).toBeUndefined();
  expect(data.fixTasks).toHaveLength(1);
  expect(await entry(data.fixTasks[0])).toMatchObject({
    agent: 'Tester',
    payload: { title: 'FIX: unit proves nothing (staging gate)' },
  });
  const before = await on.pocket.read('tasks.json');
  expect((await gate()).data.fixTasks).toEqual(data.fixTasks);
  expect(await on.pocket.read('tasks.json')).toBe(before);
});

test('what only has to be run, or deployed first, makes no task', async () => {
  await report(suite(), 0);
  const before = await on.pocket.read('tasks.json');
  expect((await gate({ run: 'none' })).data).toMatchObject({ verdict: 'inconclusive' });
  const production = await on.agent.call('evaluateGate', { environment: 'production' });
  expect(production.data).toMatchObject({ verdict: 'fail' });
  expect(production.data.fixTasks ?? production.data.escalation).toBeUndefined();
  expect(await on.pocket.read('tasks.json')).toBe(before);
});

test('a missing review is the Code-Reviewer’s, who hears when it is about another commit', async () => {
  await on.pocket.configure((config) => {
    config.approvers = { reviewer: { allowedSigners: '.reviewers' } };
    config.environments.staging.gate.review = 'approved';
  });
  await on.pocket.agree();
  const first = await gate();
  expect(first.data.verdict).toBe('inconclusive');
  const [id] = first.data.fixTasks;
  expect(await entry(id)).toMatchObject({ agent: 'Code-Reviewer', type: 'code_review' });
  const sha = await on.pocket.commit({}, 'another');
  expect((await gate()).data.fixTasks).toEqual([id]);
  expect(JSON.stringify(await entry(id))).toContain(`Now for commit ${sha}.`);
});

test('a board that cannot be written changes no verdict, and is told', async () => {
  await report(suite('new'), 1);
  await rm(path.join(on.pocket.dir, 'tasks.json'));
  const { data, text } = await gate();
  expect(data.verdict).toBe('fail');
  expect(data.notices).toContainEqual(
    expect.stringMatching(/no task for Task-Coder about unit: TASKS_MISSING/),
  );
  expect(text).toContain('⟦untrusted notices');
  await writeFile(path.join(on.pocket.dir, 'tasks.json'), '[]\n');
  expect((await gate()).data.fixTasks).toHaveLength(2); // once there is a board, what could not be done is done
});
