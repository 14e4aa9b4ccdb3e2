import { expect, test } from 'vitest';
import { usePocket } from '../e2e/pocket.ts';

const on = usePocket(undefined, { here: true });

test('writes an entry in the file’s own dialect, and the same cause returns it again', async () => {
  const fix = { title: 'Fix the leak', description: 'It leaks.', cause: { incidentId: 'INC-1' } };
  const first = await on.agent.call('createFixTask', fix);
  expect(first.data).toMatchObject({
    created: true,
    task: { id: 'T-004', agent: 'Task-Coder', priority: 'critical' },
  });
  const entry = JSON.parse(await on.pocket.read('tasks.json')).at(-1);
  expect(entry).toMatchObject({ task_id: 'T-004', status: 'pending', payload: { title: 'Fix the leak' } });
  const second = await on.agent.call('createFixTask', fix);
  expect(second.data).toMatchObject({ created: false, task: { id: 'T-004' } });
  expect(
    (await on.pocket.git('diff', '--', 'tasks.json'))
      .split('\n')
      .filter((line) => line.startsWith('-') && !line.startsWith('---')),
  ).toEqual([]);
});

test('a missing proof is the Tester’s to mend, a red one the Task-Coder’s', async () => {
  await on.pocket.commit({ redUnitTest: true });
  const { data: gate } = await on.agent.call('evaluateGate', { environment: 'staging' });
  const { data } = await on.agent.call('createFixTask', {
    title: 'x',
    description: 'y',
    cause: { gateId: gate.gateId, check: 'unit' },
  });
  expect(data).toMatchObject({ created: false, task: { id: gate.fixTasks[0], agent: 'Task-Coder' } });
  const unproven = await on.agent.call('evaluateGate', {
    environment: 'staging',
    ref: 'HEAD~1',
    run: 'none',
  });
  const missing = await on.agent.call('createFixTask', {
    title: 'x',
    description: 'y',
    cause: { gateId: unproven.data.gateId, check: 'smoke' },
  });
  expect(missing.data.task.agent).toBe('Tester');
});

test('a cause that is nothing, or that nobody knows, is refused', async () => {
  const before = await on.pocket.read('tasks.json');
  const base = { title: 'x', description: 'y' };
  expect((await on.agent.call('createFixTask', { ...base, cause: {} })).data.error.code).toBe(
    'INVALID_ARGUMENTS',
  );
  expect(
    (await on.agent.call('createFixTask', { ...base, cause: { deploymentId: 'dep-none' } })).data.error.code,
  ).toBe('UNKNOWN_DEPLOYMENT');
  expect(await on.pocket.read('tasks.json')).toBe(before);
});
