import { expect, test } from 'vitest';
import { usePocket } from '../e2e/pocket.ts';

const on = usePocket(undefined, { here: true });

test('changes the lines of the entry and nothing else, and records who did it', async () => {
  const { data } = await on.agent.call('updateTask', {
    id: 'T-002',
    status: 'in_progress',
    expectStatus: 'pending',
  });
  expect(data.task).toMatchObject({ id: 'T-002', status: 'in_progress' });
  expect(data.changedFields).toEqual(['status']);
  expect((await on.pocket.git('diff', '--numstat', '--', 'tasks.json')).split('\t').slice(0, 2)).toEqual([
    '1',
    '1',
  ]);
  const audit = await on.agent.call('getAudit', { subject: 'T-002' });
  expect(audit.data.entries[0]).toMatchObject({
    action: 'task.update',
    decision: 'done',
    detail: { status: 'in_progress' },
  });
});

test('a status that somebody else changed is not overwritten', async () => {
  const before = await on.pocket.read('tasks.json');
  const { data } = await on.agent.call('updateTask', {
    id: 'T-003',
    status: 'done',
    expectStatus: 'blocked',
  });
  expect(data.error).toMatchObject({ code: 'TASK_CHANGED', retryable: true });
  expect(await on.pocket.read('tasks.json')).toBe(before);
});

test('an unknown task and a change of the id are refused', async () => {
  const before = await on.pocket.read('tasks.json');
  expect((await on.agent.call('updateTask', { id: 'T-999', status: 'done' })).data.error.code).toBe(
    'UNKNOWN_TASK',
  );
  expect((await on.agent.call('updateTask', { id: 'T-003', set: { task_id: 'T-4' } })).isError).toBe(true);
  expect(await on.pocket.read('tasks.json')).toBe(before);
});
