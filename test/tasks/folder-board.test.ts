import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTaskBoard } from '../../src/tasks/open.ts';
import { fix, now } from './boards.ts';

/** `.plan/tasks/index.json` with a stub for each task, and the task itself in a file beside it. */

let folder: string;

const stub = (id: string, status: string) => `  {
    "task_id": "${id}",
    "title": "Title of ${id}",
    "status": "${status}",
    "agent": "Task-Coder",
    "type": "feature_dashboard",
    "priority": "high",
    "updated_at": "2025-08-08T15:22:25Z"
  }`;
const own = (id: string, status: string, more = '') => `{
  "task_id": "${id}",
  "title": "Title of ${id}",
  "status": "${status}",
  "agent": "Task-Coder",
  "payload": {
    "type": "feature_dashboard",
    "description": "All about ${id}",
    "priority": "high"${more}
  },
  "result": { "artifacts": ["a.js"], "message": "" },
  "updated_at": "2025-08-08T15:22:25Z"
}
`;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'plan-'));
  write('index.json', `[\n${[stub('T-1', 'pending'), stub('T-2', 'done')].join(',\n')}\n]\n`);
  write('T-1.json', own('T-1', 'pending'));
  write('T-2.json', own('T-2', 'done'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');
const open = () => openTaskBoard({ file: path.join(folder, 'index.json'), now: () => new Date(now) });

test('filters read the stubs, and what a task says stands in its file', async () => {
  const { tasks, total } = await open().filter({ status: 'pending' });
  expect(total).toBe(1);
  expect(tasks[0]).toMatchObject({ id: 'T-1', type: 'feature_dashboard', description: 'All about T-1' });
  expect((await open().filter({ text: 'ABOUT T-2' })).tasks.map(({ id }) => id)).toEqual(['T-2']);
  expect((await open().get('T-2')).entry).toHaveProperty('payload.description', 'All about T-2');
});

test('a change stands in the file and in the stub, and nowhere else', async () => {
  const before = { index: read('index.json'), other: read('T-2.json') };
  const { changedFields } = await open().update('T-1', { status: 'in_progress', note: 'begun' });
  expect(changedFields).toEqual(['status', 'result.message', 'updated_at']);
  expect(read('T-1.json')).toBe(
    own('T-1', 'in_progress')
      .replace('"message": ""', '"message": "begun"')
      .replace('15:22:25Z"\n}', '15:22:25Z"\n}')
      .replace('2025-08-08T15:22:25Z', '2026-11-23T12:34:56Z'),
  );
  expect(read('index.json')).toBe(
    before.index
      .replace('"pending"', '"in_progress"')
      .replace('2025-08-08T15:22:25Z', '2026-11-23T12:34:56Z'),
  );
  expect(read('T-2.json')).toBe(before.other);
  expect(readdirSync(folder).sort()).toEqual(['T-1.json', 'T-2.json', 'index.json']);
});

test('a new task is a file and a stub, each as the others are', async () => {
  const cause = { check: 'unit' };
  const { task, created } = await open().create({ ...fix, cause });
  expect({ id: task.id, created }).toEqual({ id: 'T-3', created: true });
  expect(task.description).toBe(fix.description);
  const file = JSON.parse(read('T-3.json'));
  expect(file).toMatchObject({
    task_id: 'T-3',
    status: 'pending',
    payload: { description: fix.description, cause },
  });
  expect(read('T-3.json')).toMatch(/^\{\n {2}"task_id": "T-3",[\s\S]*\n\}\n$/);
  const stubs = JSON.parse(read('index.json'));
  expect(stubs[2]).toEqual({
    task_id: 'T-3',
    title: fix.title,
    status: 'pending',
    agent: 'Task-Coder',
    type: 'urgent_fix',
    priority: 'high',
    updated_at: '2026-11-23T12:34:56Z',
  });
  expect(await open().create({ ...fix, title: 'other', cause })).toMatchObject({
    created: false,
    task: { id: 'T-3' },
  });
});

test('an empty folder begins with a stub that tells the usual', async () => {
  rmSync(path.join(folder, 'T-1.json'));
  rmSync(path.join(folder, 'T-2.json'));
  write('index.json', '[]\n');
  expect((await open().create(fix)).task.id).toBe('T-001');
  expect(Object.keys(JSON.parse(read('index.json'))[0])).not.toContain('payload');
  expect(JSON.parse(read('T-001.json'))).toHaveProperty('payload.description', fix.description);
});

test('an index whose entries have no files is a board like any other', async () => {
  rmSync(path.join(folder, 'T-1.json'));
  rmSync(path.join(folder, 'T-2.json'));
  await open().update('T-1', { status: 'done' });
  await open().create(fix);
  expect(JSON.parse(read('index.json')).map(({ status }: { status: string }) => status)).toEqual([
    'done',
    'done',
    'pending',
  ]);
  expect(readdirSync(folder)).toEqual(['index.json']);
});

test('what a crash left between file and stub is completed by whoever comes next', async () => {
  write('T-1.json', own('T-1', 'blocked'));
  write('.T-1.json.pending', '');
  expect((await open().filter({ status: 'blocked' })).tasks.map(({ id }) => id)).toEqual(['T-1']);
  expect(read('index.json')).toContain('"blocked"');
  expect(readdirSync(folder)).not.toContain('.T-1.json.pending');
});

test('the file decides whether the expected status still holds', async () => {
  write('T-1.json', own('T-1', 'blocked'));
  await expect(open().update('T-1', { status: 'done', expectStatus: 'pending' })).rejects.toMatchObject({
    code: 'TASK_CHANGED',
  });
  expect(read('T-1.json')).toBe(own('T-1', 'blocked'));
});

test('dependencies are followed through the files', async () => {
  write('T-2.json', own('T-2', 'pending', ',\n    "dependencies": ["T-1"]'));
  const [, second] = (await open().filter({ sort: 'id', withReadiness: true })).tasks;
  expect(second).toMatchObject({ id: 'T-2', ready: false, waitingFor: ['T-1'] });
  await expect(open().update('T-1', { set: { dependencies: ['T-2'] } })).rejects.toMatchObject({
    code: 'DEPENDENCY_CYCLE',
  });
});

test('ids that are no file names stay in the index', async () => {
  write('index.json', '[{"task_id":"../secret","status":"pending"}]');
  await open().update('../secret', { status: 'done' });
  expect(read('index.json')).toBe('[{"task_id":"../secret","status":"done"}]');
});

test('a broken file of a task is named with its place', async () => {
  write('T-1.json', '{\n  "task_id": "T-1",\n}');
  await expect(open().get('T-1')).rejects.toMatchObject({
    code: 'TASKS_INVALID',
    message: expect.stringContaining('T-1.json:3:1'),
  });
});
