import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeTask } from '../../src/tasks/change.ts';
import { boardOf, changed, now } from './boards.ts';
import { otherMembers, taskFileText, valueText, whitespace } from './documents.ts';

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

describe('changeTask', () => {
  test('changes only bytes of the one entry', () => {
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
    fc.assert(
      fc.property(
        taskFileText(list, otherMembers),
        fc.nat(),
        fc.jsonValue({ maxDepth: 2 }),
        (text, pick, value) => {
          const before = boardOf(text);
          const entry = before.entries[pick % before.entries.length];
          fc.pre(entry?.ownId !== undefined);
          fc.pre(before.entries.filter(({ task }) => task.id === entry.task.id).length === 1);
          const { bytes } = changeTask(
            before,
            entry.task.id,
            { status: 'in_progress', set: { y: value } },
            { file: 'tasks.json', now },
          );
          expect(bytes).toBeDefined();
          const tail = before.bytes.length - entry.span.end;
          expect(bytes?.subarray(0, entry.span.start)).toEqual(before.bytes.subarray(0, entry.span.start));
          expect(bytes?.subarray(bytes.length - tail)).toEqual(before.bytes.subarray(entry.span.end));
          const after = boardOf(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
          const status = entry.array.tag === undefined ? 'in_progress' : 'in-progress';
          const expected = { ...entry.task.entry, status, y: JSON.parse(JSON.stringify(value)) };
          expect(after.entries.map(({ task }) => task.entry)).toEqual(
            before.entries.map((other) => (other === entry ? expected : other.task.entry)),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test('changes a status and tells what changed', () => {
    const { text, task, changedFields } = changed(board, 'T-001', { status: 'in_progress' });
    expect(text).toBe(board.replace('"pending"', '"in_progress"'));
    expect(task).toMatchObject({ id: 'T-001', status: 'in_progress' });
    expect(changedFields).toEqual(['status']);
  });

  test('writes nothing where nothing differs', () => {
    const result = changeTask(
      boardOf(board),
      'T-002',
      { status: 'done', set: {}, unset: ['notes'], note: '' },
      { file: 'tasks.json', now },
    );
    expect(result).toMatchObject({ changedFields: [], task: { id: 'T-002' } });
    expect(result.bytes).toBeUndefined();
  });

  test('reaches into objects with dots, unless a key is spelled with one', () => {
    const text = '[{"id":"1","a.b":1,"a":{"b":1}}]';
    expect(changed(text, '1', { set: { 'a.b': 2 } }).text).toBe('[{"id":"1","a.b":2,"a":{"b":1}}]');
    const result = changed(board, 'T-001', {
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
  ])('spells a status %s', (_, [one, other], status, expected) => {
    const text = `[{"id":"1","status":"new"},{"id":"2","status":"${one}"},{"id":"3","status":"${other}"}]`;
    expect(changed(text, '1', { status }).task.status).toBe(expected);
  });

  test('spells a status with a hyphen in a tagged file', () => {
    const text = '{"master":{"tasks":[{"id":1,"status":"pending"}]}}';
    expect(changed(text, '1', { status: 'in_progress' }).text).toBe(text.replace('pending', 'in-progress'));
  });

  test('puts a status where the neighbours have it', () => {
    const text = '[{"id":"1"},{"id":"2","payload":{"status":"done"}}]';
    expect(changed(text, '1', { status: 'done' }).text).toBe(
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
  ])('updates updated_at in its own form: %s', (before, after) => {
    const text = `[{"id":"1","updated_at":${before}}]`;
    const result = changed(text, '1', { status: 'done' });
    expect(result.text).toBe(`[{"id":"1","updated_at":${after},"status":"done"}]`);
    expect(result.changedFields).toEqual(['status', 'updated_at']);
  });

  test('leaves updated_at when nothing changes, and when the caller sets it', () => {
    const text = '[{"id":"1","updatedAt":"2024-01-15","status":"done"}]';
    expect(changed(text, '1', { status: 'done' }).text).toBe(text);
    expect(changed(text, '1', { status: 'failed', set: { updatedAt: 'x' } }).text).toContain(
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
  ])('appends a note to %s', (_, text, expected) => {
    expect(changed(text, '1', { note: 'new' }).text).toBe(expected);
  });

  test('holds back when the status is not the expected one', () => {
    expect(() => changed(board, 'T-001', { status: 'done', expectStatus: 'in_progress' })).toThrow(
      expect.objectContaining({
        code: 'TASK_CHANGED',
        message: expect.stringContaining('is "pending", not "in_progress"'),
      }),
    );
    expect(changed(board, 'T-001', { status: 'done', expectStatus: 'Pending' }).task.status).toBe('done');
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
  ])('refuses %s', (_, change) => {
    expect(() => changed(board, 'T-001', change)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENTS' }),
    );
  });

  test('refuses an entry without an id', () => {
    expect(() => changed('[{"title":"x"}]', '#1', { status: 'done' })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENTS', message: expect.stringContaining('has no id') }),
    );
  });

  test('names both places of a duplicate, and no task that is not there', () => {
    const text = '[\n{"id":"A"},\n5,\n{"task_id":"A"}\n]';
    expect(() => changed(text, 'A', { status: 'done' })).toThrow(
      expect.objectContaining({
        code: 'TASK_DUPLICATE',
        message: '"A" names 2 tasks: entry 1 (line 2), entry 3 (line 4)',
      }),
    );
    expect(() => changed(text, 'B', {})).toThrow(expect.objectContaining({ code: 'UNKNOWN_TASK' }));
  });
});
