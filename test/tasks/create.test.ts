import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readField } from '../../src/tasks/dialects.ts';
import { isObject } from '../../src/tasks/json-values.ts';
import type { NewTask } from '../../src/tasks/types.ts';
import { runs } from '../property-runs.ts';
import { added, fix, now, uuid } from './boards.ts';
import {
  arrayText,
  bytesOf,
  entriesIn,
  otherMembers,
  taskFileText,
  valueText,
  whitespace,
} from './documents.ts';

const homeEntry = (id: string) => `  {
    "task_id": "${id}",
    "type": "bug_fix",
    "status": "done",
    "agent": "task-coder",
    "priority": "urgent",
    "source_story_id": "US-1",
    "payload": {
      "title": "FIX: {\\"a\\": [1]}",
      "acceptance_criteria": ["x"]
    },
    "result": { "message": "ok", "artifacts": ["a"] },
    "created_at": "2025-08-02T12:00:00Z"
  }`;

describe('a new task', () => {
  test('keeps every byte that was there and adds one entry at the end of a list', async () => {
    const entry = fc.oneof(
      valueText,
      fc
        .tuple(whitespace, fc.nat(), valueText)
        .map(([gap, id, value]) => `{${gap}"id":${gap}"T-${id}",${gap}"x":${value}${gap}}`),
    );
    await fc.assert(
      fc.asyncProperty(taskFileText(arrayText(entry), otherMembers), async (text) => {
        const before = entriesIn(text);
        const { text: after, task } = await added(text);
        const [old, written] = [bytesOf(text), bytesOf(after)];
        const extra = written.length - old.length;
        const at = old.findIndex((byte, index) => written[index] !== byte);
        expect(Buffer.compare(written.subarray(at + extra), old.subarray(at))).toBe(0);
        const entries = entriesIn(after);
        const own = entries.filter(
          ({ entry: one }) => isObject(one) && readField(one, 'title') === fix.title,
        );
        expect(own).toHaveLength(1);
        expect(entries.filter((one) => one !== own[0]).map(({ entry: one }) => one)).toEqual(
          before.map(({ entry: one }) => one),
        );
        // The last one of its list.
        expect(entries.filter(({ tag }) => tag === own[0]?.tag).at(-1)).toBe(own[0]);
        expect(task.entry).toEqual(own[0]?.entry);
        expect(task).toMatchObject({ title: fix.title, type: fix.type, agent: fix.agent, status: 'pending' });
      }),
      { numRuns: runs(500) },
    );
  });

  test('writes the dialect of its neighbours', async () => {
    const { text, task } = await added(`[\n${homeEntry('T-009')}\n]`, { cause: { check: 'unit' } });
    expect(task).toMatchObject({ id: 'T-010', title: fix.title, status: 'pending' });
    expect(text).toBe(`[\n${homeEntry('T-009')},
  {
    "task_id": "T-010",
    "type": "urgent_fix",
    "status": "pending",
    "agent": "task-coder",
    "priority": "high",
    "payload": {
      "title": "FIX: \\"unit\\" fails",
      "acceptance_criteria": [],
      "description": "One test\\nis red",
      "cause": {
        "check": "unit"
      }
    },
    "result": {
      "message": "",
      "artifacts": []
    },
    "created_at": "2026-11-23T12:34:56Z"
  }
]`);
  });

  test('gives an empty file the dialect of agents', async () => {
    expect((await added('[]\n', { cause: { check: 'unit' } })).text).toBe(`[
  {
    "task_id": "T-001",
    "type": "urgent_fix",
    "status": "pending",
    "agent": "Task-Coder",
    "priority": "high",
    "payload": {
      "title": "FIX: \\"unit\\" fails",
      "description": "One test\\nis red",
      "cause": {
        "check": "unit"
      }
    },
    "created_at": "${now}"
  }
]
`);
  });

  test.each([
    ['lines', '[\n]', /^\[\n {2}\{\n {4}"task_id"[\s\S]*\n {2}\}\n\]$/],
    ['CRLF', '[]\r\n', /^\[\r\n {2}\{\r\n {4}"task_id"[\s\S]*\r\n {2}\}\r\n\]\r\n$/],
    [
      'an object on one line',
      '{"tasks":[],"v":1}',
      /^\{"tasks":\[\{"task_id":"T-001","type":[^\n]*\}\],"v":1\}$/,
    ],
    [
      'an object on lines',
      '{\n\t"tasks": []\n}',
      /^\{\n\t"tasks": \[\n\t\t\{\n\t\t\t"task_id"[\s\S]*\n\t\t\}\n\t\]\n\}$/,
    ],
    [
      'a tag',
      '{\n  "master": {\n    "tasks": []\n  }\n}',
      /\[\n {6}\{\n {8}"id": 1,\n {8}"title"[\s\S]*\n {6}\}\n {4}\]\n {2}\}\n\}$/,
    ],
  ])('lays out the first entry as the file is: %s', async (_, text, expected) => {
    expect((await added(text)).text).toMatch(expected);
  });

  test.each([
    ['minified', '[{"id":1,"title":"a"},{"id":2,"title":"b"}]', /\},\{"id":3,"title":"FIX/],
    [
      'one line each',
      '[\n  {"id": 1, "title": "a"},\n  {"id": 2, "title": "b"}\n]',
      /\},\n {2}\{"id": 3, "title": "FIX[^\n]*\}\n\]$/,
    ],
    [
      'tabs and CRLF',
      '[\r\n\t{\r\n\t\t"id": 1,\r\n\t\t"title": "a"\r\n\t}\r\n]',
      /\r\n\t\},\r\n\t\{\r\n\t\t"id": 2,\r\n\t\t"title": "FIX/,
    ],
  ])('lays out an entry as its neighbours are: %s', async (_, text, expected) => {
    expect((await added(text)).text).toMatch(expected);
  });

  test.each([
    ['zero padding', ['"T-009"', '"T-010"'], 'T-011'],
    ['no padding', ['"T-9"'], 'T-10'],
    ['a width that is outgrown', ['"T-099"', '"T-999"'], 'T-1000'],
    ['the largest, not the last', ['"T-7"', '"T-3"'], 'T-8'],
    ['the prefix that is used most', ['"BUG-1"', '"T-5"', '"BUG-2"', '"T-6"', '"T-7"'], 'T-8'],
    ['the later of prefixes used as often', ['"BUG-1"', '"T-5"'], 'T-6'],
    ['numbers', ['1', '5'], '6'],
    ['numbers in strings', ['"17"', '"18"'], '19'],
    ['numbers and strings mixed', ['7', '"8"', '3'], '9'],
    ['numbers that JavaScript cannot hold', ['12345678901234567891'], '12345678901234567892'],
    ['no numbering', ['"setup"', '"deploy"'], 'T-001'],
  ])('continues ids: %s', async (_, ids, expected) => {
    const text = `[${ids.map((id) => `{"id":${id},"title":"x"}`).join(',')}]`;
    const { text: after, task } = await added(text);
    expect(task.id).toBe(expected);
    expect(after).toContain(ids.at(-1)?.startsWith('"') ? `"id":"${expected}"` : `"id":${expected}`);
  });

  test('continues uuids with a new one', async () => {
    expect((await added('[{"id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8"}]')).task.id).toMatch(uuid);
  });

  test('numbers within the main tag and names an id that others have too by its tag', async () => {
    const text = '{"a":{"tasks":[{"id":8}]},"master":{"tasks":[{"id":7}]}}';
    const { task, text: after } = await added(text);
    expect(task.id).toBe('master/8');
    expect(after).toMatch(/"master":\{"tasks":\[\{"id":7\},\{"id":8,/);
  });

  test.each<[string, string, string, Partial<NewTask>?]>([
    ['a priority on the P scale', '{"id":1,"priority":"P2"}', '"priority":"P1"'],
    [
      'a priority by another word of its rank',
      '{"id":1,"priority":"urgent"}',
      '"priority":"urgent"',
      { priority: 'critical' },
    ],
    ['a priority in numbers', '{"id":1,"priority":2}', '"priority":1'],
    ['a priority in capitals', '{"id":1,"priority":"High"}', '"priority":"High"'],
    [
      'a given status',
      '{"id":1,"status":"In-Progress"}',
      '"status":"In-Progress"',
      { status: 'in_progress' },
    ],
    ['pending as the file says it', '{"id":1,"status":"todo"}', '"status":"todo"'],
    ['dependencies as numbers', '{"id":1,"dependencies":[]}', '"dependencies":[1]', { dependencies: ['1'] }],
    [
      'dependencies as objects',
      '{"id":"a","dependencies":[{"taskId":"b"}]}',
      '"dependencies":[{"taskId":"a"}]',
      { dependencies: ['a'] },
    ],
    ['an agent by the name of the field', '{"id":1,"assigned_to":"system"}', '"assigned_to":"Task-Coder"'],
    [
      'updated_at where neighbours have it',
      '{"id":1,"updated_at":"2024-01-15"}',
      '"updated_at":"2026-11-23"',
    ],
    [
      'a cause beside the fields where there is no payload',
      '{"id":1}',
      '"cause":{"check":"x"}',
      { cause: { check: 'x' } },
    ],
  ])('spells %s', async (_, neighbour, expected, task = {}) => {
    const text = (await added(`[${neighbour}]`, task)).text;
    expect(text.slice(neighbour.length + 1)).toContain(expected);
  });

  test('leaves out what only the neighbour can know', async () => {
    const { task } = await added('[{"id":1,"estimated_hours":8,"tags":["a"],"metadata":{"x":1}}]');
    expect(task.entry).not.toHaveProperty('estimated_hours');
    expect(task.entry).not.toHaveProperty('metadata');
    expect(task.entry.tags).toEqual([]);
  });

  test('returns the open task of the same cause, and makes a new one when that is finished', async () => {
    const cause = { gateId: 'g', check: 'unit' };
    const first = await added('[]', { cause });
    expect(first.created).toBe(true);
    const again = await added(first.text, { title: 'other', cause: { check: 'unit', gateId: 'g' } });
    expect(again).toMatchObject({ created: false, text: first.text, task: { id: first.task.id } });
    expect((await added(first.text, { cause: { check: 'unit' } })).created).toBe(true);
    expect((await added(first.text)).created).toBe(true);
    for (const status of ['done', 'Completed', 'cancelled', 'failed']) {
      expect((await added(first.text.replace('"pending"', `"${status}"`), { cause })).task.id).toBe('T-002');
    }
    for (const status of ['blocked', 'in-progress', 'review']) {
      expect((await added(first.text.replace('"pending"', `"${status}"`), { cause })).created).toBe(false);
    }
  });
});
