import { describe, expect, test } from 'vitest';
import { readTask } from '../../src/tasks/dialects.ts';
import { boardOf } from './boards.ts';

const idsOf = async (text: string) =>
  (await boardOf(text).filter({ sort: 'file' })).tasks.map(({ id }) => id);

describe('readTask', () => {
  test.each([
    ['title', { title: 't' }],
    ['title', { name: 't' }],
    ['title', { payload: { title: 't' } }],
    ['title', { title: '', payload: { title: 't' } }],
    ['description', { description: 't', payload: { description: 'other' } }],
    ['description', { payload: { description: 't' } }],
    ['type', { payload: { type: 't' } }],
    ['status', { payload: { status: 't' } }],
    ['priority', { payload: { priority: 't' } }],
    ['agent', { agent: 't', owner: 'other' }],
    ['agent', { assigned_to: 't' }],
    ['agent', { owner: 't' }],
    ['agent', { role: 't' }],
    ['agent', { assigned_agent: 't' }],
    ['agent', { payload: { agent: 't' } }],
  ] as const)('finds the %s in %j', (field, entry) => {
    expect(readTask('1', entry)[field]).toBe('t');
  });

  test('reads dependencies of any form', () => {
    const dependencies = [1, '2', { taskId: '3' }, null, { x: 1 }];
    expect(readTask('9', { dependencies }).dependencies).toEqual(['1', '2', '3']);
    expect(readTask('9', { deps: ['a'] }).dependencies).toEqual(['a']);
    expect(readTask('9', {}).dependencies).toBeUndefined();
  });

  test('shows a score where there is no priority', () => {
    expect(readTask('1', { priority_score: 87 }).priority).toBe('87');
    expect(readTask('1', { priority_score: 87, priority: 'low' }).priority).toBe('low');
  });

  test('takes nothing from what objects inherit', () => {
    const entry = JSON.parse('{"__proto__":{"title":"x","status":"done"},"payload":{}}');
    expect(readTask('1', entry)).toEqual({ id: '1', title: '', entry });
  });
});

describe('ids', () => {
  test('are read from any field, as text, and big ones as spelled', async () => {
    expect(
      await idsOf('[{"id":1},{"task_id":"T-1"},{"taskId":"x"},{"id":12345678901234567890},{"id":1e2}]'),
    ).toEqual(['1', 'T-1', 'x', '12345678901234567890', '100']);
  });

  test('are places in the file for entries without one', async () => {
    expect(await idsOf('[{"title":"a"},7,{"id":""},{"id":null},{"id":"b"}]')).toEqual([
      '#1',
      '#3',
      '#4',
      'b',
    ]);
  });

  test('are told apart by tag only where they need to be', async () => {
    const text = '{"master":{"tasks":[{"id":1},{"id":2}]},"loop":{"tasks":[{"id":"2"},{"id":"3"}]}}';
    expect(await idsOf(text)).toEqual(['1', 'master/2', 'loop/2', '3']);
    const board = boardOf(text);
    expect((await board.get('loop/2')).entry.id).toBe('2');
    expect((await board.get('loop/3')).id).toBe('3');
    await expect(board.get('2')).rejects.toEqual(
      expect.objectContaining({ code: 'TASK_DUPLICATE', remedy: 'Use one of: master/2, loop/2.' }),
    );
  });

  test('of repeated keys the last one counts', async () => {
    expect(await idsOf('[{"id":"a","id":"b"}]')).toEqual(['b']);
  });
});
