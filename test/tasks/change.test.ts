import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../property-runs.ts';
import { changed, now } from './boards.ts';
import { bytesOf, entriesIn, otherMembers, taskFileText, valueText, whitespace } from './documents.ts';

const board = `[
  {
    "task_id": "T-001",
    "status": "pending",
    "payload": { "title": "Deploy {\\"tasks\\": []}", "n": 12345678901234567890 }
  },
  {
    "task_id": "T-002",
    "status": "done"
  }
]`;

/** Whether an entry goes by this id: with another id in front of it, it does not. */
const isNamed = (entry: unknown, id: string) => (entry as { id?: unknown } | null)?.id === id;

describe('a change', () => {
  test('changes only bytes of the one entry', async () => {
    const entries = fc
      .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 5 })
      .chain((ids) =>
        fc.tuple(
          ...ids.map((id) =>
            fc
              .tuple(whitespace, valueText, whitespace)
              .map(([a, value, b]) => `{${a}"id":"${id}","x":${value},${b}"status":"pending"}`),
          ),
        ),
      );
    const list = fc
      .tuple(entries, whitespace)
      .map(([texts, gap]) => `[${gap}${texts.join(`${gap},${gap}`)}${gap}]`);
    await fc.assert(
      fc.asyncProperty(
        taskFileText(list, otherMembers),
        fc.nat(),
        fc.jsonValue({ maxDepth: 2 }),
        async (text, pick, value) => {
          const before = entriesIn(text);
          const at = pick % before.length;
          const own = before[at];
          const { id } = (own?.entry ?? {}) as { id?: string };
          fc.pre(typeof id === 'string' && before.filter(({ entry }) => isNamed(entry, id)).length === 1);
          const after = await changed(text, id, { status: 'in_progress', set: { y: value } });
          const status = own?.tag === undefined ? 'in_progress' : 'in-progress';
          const expected = { ...(own?.entry as object), status, y: JSON.parse(JSON.stringify(value)) };
          expect(entriesIn(after.text).map(({ entry }) => entry)).toEqual(
            before.map(({ entry }, index) => (index === at ? expected : entry)),
          );
          // Outside of the entry, which its id begins and the new field ends, every byte is as it was.
          const [old, written] = [bytesOf(text), bytesOf(after.text)];
          const start = text.indexOf(`"id":"${id}","x":`);
          const head = bytesOf(text.slice(0, start)).length;
          expect(Buffer.compare(written.subarray(0, head), old.subarray(0, head))).toBe(0);
          const end = text.indexOf(`"status":"pending"`, start) + `"status":"pending"`.length;
          const tail = bytesOf(text.slice(end)).length;
          expect(
            Buffer.compare(written.subarray(written.length - tail), old.subarray(old.length - tail)),
          ).toBe(0);
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test('changes a status and tells what changed', async () => {
    const { text, task, changedFields } = await changed(board, 'T-001', { status: 'in_progress' });
    expect(text).toBe(board.replace('"pending"', '"in_progress"'));
    expect(task).toMatchObject({ id: 'T-001', status: 'in_progress' });
    expect(changedFields).toEqual(['status']);
  });

  test('writes nothing where nothing differs', async () => {
    const result = await changed(board, 'T-002', { status: 'done', set: {}, unset: ['notes'], note: '' });
    expect(result).toMatchObject({ changedFields: [], task: { id: 'T-002' }, text: board });
  });

  test('reaches into objects with dots, unless a key is spelled with one', async () => {
    const text = '[{"id":"1","a.b":1,"a":{"b":1}}]';
    expect((await changed(text, '1', { set: { 'a.b': 2 } })).text).toBe('[{"id":"1","a.b":2,"a":{"b":1}}]');
    const result = await changed(board, 'T-001', {
      set: { 'payload.title': 'x', 'meta.a.b': 1 },
      unset: ['payload.none'],
    });
    expect(result.changedFields).toEqual(['payload.title', 'meta.a.b']);
    expect(result.text).toContain('{ "title": "x", "n": 12345678901234567890 }');
    expect(result.task.entry.meta).toEqual({ a: { b: 1 } });
  });

  test.each([
    ['as the file spells the word', ['in-progress', 'todo'], 'in_progress', 'in-progress'],
    ['as the file spells the word, case included', ['In Progress', 'todo'], 'in_progress', 'In Progress'],
    ['with the hyphen that other words have', ['test-failed', 'todo'], 'in_progress', 'in-progress'],
    ['with the underscore that other words have', ['test_failed', 'todo'], 'in-progress', 'in_progress'],
    ['as the caller does where the file is silent', ['done', 'todo'], 'in_progress', 'in_progress'],
    [
      'as the caller does where the file has both',
      ['in_progress', 'in-progress'],
      'in-progress',
      'in-progress',
    ],
  ])('spells a status %s', async (_, [one, other], status, expected) => {
    const text = `[{"id":"1","status":"new"},{"id":"2","status":"${one}"},{"id":"3","status":"${other}"}]`;
    expect((await changed(text, '1', { status })).task.status).toBe(expected);
  });

  test('spells a status with a hyphen in a tagged file', async () => {
    const text = '{"master":{"tasks":[{"id":1,"status":"pending"}]}}';
    expect((await changed(text, '1', { status: 'in_progress' })).text).toBe(
      text.replace('pending', 'in-progress'),
    );
  });

  test('puts a status where the neighbours have it', async () => {
    const text = '[{"id":"1"},{"id":"2","payload":{"status":"done"}}]';
    expect((await changed(text, '1', { status: 'done' })).text).toBe(
      '[{"id":"1","payload":{"status":"done"}},{"id":"2","payload":{"status":"done"}}]',
    );
  });

  test.each([
    ['"2024-01-15T10:00:00Z"', '"2026-11-23T12:34:56Z"'],
    ['"2024-01-15T10:00:00.000Z"', '"2026-11-23T12:34:56.789Z"'],
    ['"2024-01-15T10:00:00.000000+00:00"', '"2026-11-23T12:34:56.789000+00:00"'],
    ['"2024-01-15 10:00:00"', '"2026-11-23 12:34:56"'],
    ['"2024-01-15"', '"2026-11-23"'],
    ['1705312800', '1795437296'],
    ['1705312800000', '1795437296789'],
    ['null', `"${now}"`],
  ])('updates updated_at in its own form: %s', async (before, after) => {
    const text = `[{"id":"1","updated_at":${before}}]`;
    const result = await changed(text, '1', { status: 'done' });
    expect(result.text).toBe(`[{"id":"1","updated_at":${after},"status":"done"}]`);
    expect(result.changedFields).toEqual(['status', 'updated_at']);
  });

  test('leaves updated_at when nothing changes, and when the caller sets it', async () => {
    const text = '[{"id":"1","updatedAt":"2024-01-15","status":"done"}]';
    expect((await changed(text, '1', { status: 'done' })).text).toBe(text);
    expect((await changed(text, '1', { status: 'failed', set: { updatedAt: 'x' } })).text).toContain(
      '"updatedAt":"x"',
    );
  });

  test.each([
    ['notes', '[{"id":"1"}]', '[{"id":"1","notes":"new"}]'],
    ['notes with text', '[{"id":"1","notes":"old"}]', '[{"id":"1","notes":"old\\nnew"}]'],
    [
      'result.message',
      '[{"id":"1","result":{"message":"old"}}]',
      '[{"id":"1","result":{"message":"old\\nnew"}}]',
    ],
    [
      'result.message, empty',
      '[{"id":"1","result":{"message":""}}]',
      '[{"id":"1","result":{"message":"new"}}]',
    ],
    [
      'result.message, as the neighbours have it',
      '[{"id":"1"},{"id":"2","result":{}}]',
      '[{"id":"1","result":{"message":"new"}},{"id":"2","result":{}}]',
    ],
    [
      'notes, where the own result is text',
      '[{"id":"1","result":"ok"},{"id":"2","result":{}}]',
      '[{"id":"1","result":"ok","notes":"new"},{"id":"2","result":{}}]',
    ],
  ])('appends a note to %s', async (_, text, expected) => {
    expect((await changed(text, '1', { note: 'new' })).text).toBe(expected);
  });

  test('holds back when the status is not the expected one', async () => {
    await expect(changed(board, 'T-001', { status: 'done', expectStatus: 'in_progress' })).rejects.toEqual(
      expect.objectContaining({
        code: 'TASK_CHANGED',
        message: expect.stringContaining('is "pending", not "in_progress"'),
      }),
    );
    expect((await changed(board, 'T-001', { status: 'done', expectStatus: 'Pending' })).task.status).toBe(
      'done',
    );
  });

  test.each([
    ['an id', { set: { task_id: 'T-9' } }],
    ['another name of an id', { set: { id: 'T-9' } }],
    ['the removal of an id', { unset: ['task_id'] }],
    ['a field twice', { status: 'done', set: { status: 'x' } }],
    ['a field and what is inside it', { set: { payload: {}, 'payload.title': 'x' } }],
    ['a field inside of what is no object', { set: { 'status.x': 1 } }],
    ['an empty name', { set: { 'payload.': 1 } }],
    ['what JSON cannot hold', { set: { x: () => 1 } }],
    ['a note where notes are no text', { set: { notes: [] }, note: 'x' }],
  ])('refuses %s', async (_, change) => {
    await expect(changed(board, 'T-001', change)).rejects.toEqual(
      expect.objectContaining({ code: 'INVALID_ARGUMENTS' }),
    );
  });

  test('refuses an entry without an id', async () => {
    await expect(changed('[{"title":"x"}]', '#1', { status: 'done' })).rejects.toEqual(
      expect.objectContaining({ code: 'INVALID_ARGUMENTS', message: expect.stringContaining('has no id') }),
    );
  });

  test('names both places of a duplicate, and no task that is not there', async () => {
    const text = '[\n{"id":"A"},\n5,\n{"task_id":"A"}\n]';
    await expect(changed(text, 'A', { status: 'done' })).rejects.toEqual(
      expect.objectContaining({
        code: 'TASK_DUPLICATE',
        message: '"A" names 2 tasks: entry 1 (line 2), entry 3 (line 4)',
      }),
    );
    await expect(changed(text, 'B', {})).rejects.toEqual(expect.objectContaining({ code: 'UNKNOWN_TASK' }));
  });
});
