import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fix, linesOf } from './boards.ts';
import { valueText } from './documents.ts';

const issues =
  '{"id":"bd-a3f8","title":"One","status":"open"}\n{"id":"bd-09zk","title":"Two","status":"open"}\n';

test('one entry a line is read, changed and continued', async () => {
  const board = linesOf(issues);
  expect((await board.filter({ sort: 'file' })).tasks.map(({ id }) => id)).toEqual(['bd-a3f8', 'bd-09zk']);
  await board.update('bd-a3f8', { status: 'in_progress' });
  expect(board.text()).toBe(issues.replace('"open"', '"in_progress"'));
  const { task } = await board.create(fix);
  expect(task.id).toMatch(/^bd-[0-9a-f]{4}$/);
  const lines = board.text().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[3]).toBe('');
  expect(JSON.parse(lines[2] ?? '')).toMatchObject({ id: task.id, title: fix.title, status: 'open' });
  expect((await board.get(task.id)).title).toBe(fix.title);
});

test('an empty file takes its first line, and CRLF and a missing last line break stay', async () => {
  const empty = linesOf('');
  await empty.create(fix);
  expect(empty.text()).toMatch(/^\{"task_id":"T-001",[^\n]*\}\n$/);
  const crlf = linesOf('\ufeff{"id":1}\r\n{"id":2}');
  await crlf.create(fix);
  expect(crlf.text()).toMatch(/^\ufeff\{"id":1\}\r\n\{"id":2\}\r\n\{"id":3,[^\r\n]*\}$/);
});

test.each([
  ['two entries on a line', '{"id":1} {"id":2}', ':1:10'],
  ['a line that is cut off', '{"id":1}\n{"id":', ':2:7'],
  ['an array around them', '[{"id":1},\n', ':2:1'],
])('is refused: %s', async (_, text, place) => {
  await expect(linesOf(text).filter({})).rejects.toMatchObject({
    code: 'TASKS_INVALID',
    message: expect.stringContaining(place),
  });
});

test('lines are what JSON.parse says of each', async () => {
  const line = valueText.filter((text) => !/[\n\r]/.test(text));
  await fc.assert(
    fc.asyncProperty(fc.array(line), async (lines) => {
      const objects = lines
        .map((text) => JSON.parse(text))
        .filter((value) => /^\{/.test(JSON.stringify(value)));
      const { tasks } = await linesOf(lines.join('\n')).filter({ sort: 'file' });
      expect(tasks.map(({ entry }) => entry)).toEqual(objects);
    }),
    { numRuns: 200 },
  );
});
