import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findTasksFile } from '../../src/tasks/find-file.ts';
import { openTaskBoard } from '../../src/tasks/open.ts';
import { fix, now } from './boards.ts';

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'tasks-'));
  file = path.join(dir, 'tasks.json');
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const open = (onNow: () => void = () => undefined) =>
  openTaskBoard({
    file,
    patienceMs: 500,
    now: () => {
      onNow();
      return new Date(now);
    },
  });
const read = () => readFileSync(file, 'utf8');
const small = '\ufeff[\r\n  {"id": "A", "status": "pending"},\r\n  {"id": "B", "status": "pending"}\r\n]';

function boardWith(prefixes: string[], count: number): string {
  const entries = prefixes.flatMap((prefix) =>
    Array.from({ length: count }, (_, index) => ({
      id: `${prefix}-${index + 1}`,
      status: 'round-0',
      note: '}],"',
    })),
  );
  return JSON.stringify(entries, null, 2);
}

describe('the board', () => {
  test('filters, gets, updates and creates in the file', async () => {
    writeFileSync(file, small);
    const board = open();
    expect((await board.filter({ status: 'pending', limit: 1 })).total).toBe(2);
    expect((await board.get('B')).status).toBe('pending');
    expect((await board.update('B', { status: 'done' })).changedFields).toEqual(['status']);
    const updated = small.replace('"B", "status": "pending"', '"B", "status": "done"');
    expect(read()).toBe(updated);
    expect(await board.create(fix)).toMatchObject({ created: true, task: { id: 'T-001' } });
    expect(read().startsWith(updated.slice(0, -3))).toBe(true);
    expect((await board.get('T-001')).title).toBe(fix.title);
    expect(readdirSync(dir)).toEqual(['tasks.json']);
  });

  test('does not touch the file when there is nothing to change', async () => {
    writeFileSync(file, small);
    const before = statSync(file, { bigint: true });
    await open().update('B', { status: 'pending' });
    const after = statSync(file, { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  });

  test('keeps a symbolic link and the mode of its target', async () => {
    const target = path.join(dir, 'real.json');
    writeFileSync(target, small);
    chmodSync(target, 0o640);
    symlinkSync('real.json', file);
    await open().update('A', { status: 'done' });
    expect(readFileSync(target, 'utf8')).toContain('"done"');
    expect(statSync(target).mode & 0o777).toBe(0o640);
    expect(readdirSync(dir).sort()).toEqual(['real.json', 'tasks.json']);
  });

  test('says where a file is missing and what to do', async () => {
    const missing = expect.objectContaining({
      code: 'TASKS_MISSING',
      message: expect.stringContaining(file),
      remedy: expect.stringMatching(/devops-engineer init.*"tasks"/),
    });
    await expect(open().filter({})).rejects.toEqual(missing);
    await expect(open().create(fix)).rejects.toEqual(missing);
    expect(readdirSync(dir)).toEqual([]);
  });

  test('writes nothing into a broken file', async () => {
    const broken = `${small.slice(0, -1)}, {"id": "C"}`;
    writeFileSync(file, broken);
    await expect(open().update('A', { status: 'done' })).rejects.toMatchObject({ code: 'TASKS_INVALID' });
    await expect(open().create(fix)).rejects.toMatchObject({ code: 'TASKS_INVALID' });
    expect(read()).toBe(broken);
    expect(readdirSync(dir)).toEqual(['tasks.json']);
  });

  test('names a path that is no file', async () => {
    mkdirSync(file);
    await expect(open().filter({})).rejects.toMatchObject({
      code: 'FILE_FAILED',
      message: expect.stringContaining(file),
    });
  });

  test('waits for a program that writes in place', async () => {
    writeFileSync(file, small.slice(0, 20));
    setTimeout(() => writeFileSync(file, small), 30);
    expect((await open().filter({})).total).toBe(2);
  });

  test('makes its change again when a foreign program rewrote the file meanwhile', async () => {
    writeFileSync(file, small);
    let rewrites = 0;
    const board = open(() => {
      if (rewrites < 3) writeFileSync(file, read().replace('[', '[ '));
      rewrites += 1;
    });
    await board.update('B', { status: 'done' });
    expect(rewrites).toBe(4);
    expect(read()).toBe(
      small.replace('[', '[   ').replace('"B", "status": "pending"', '"B", "status": "done"'),
    );
  });

  test('checks the expected status against what the foreign program wrote', async () => {
    writeFileSync(file, small);
    const board = open(() =>
      writeFileSync(file, small.replace('"B", "status": "pending"', '"B", "status": "done"')),
    );
    await expect(board.update('B', { status: 'x', expectStatus: 'pending' })).rejects.toMatchObject({
      code: 'TASK_CHANGED',
    });
  });

  test('gives up on a file that never stands still', async () => {
    writeFileSync(file, small);
    const board = open(() => writeFileSync(file, `${read()}\n`));
    await expect(board.update('B', { status: 'x' })).rejects.toMatchObject({ code: 'TASKS_BUSY' });
    expect(read().trimEnd()).toBe(small);
    expect(readdirSync(dir)).toEqual(['tasks.json']);
  });
});

describe('many writers', () => {
  test('in one process lose nothing and make one task of one cause', async () => {
    writeFileSync(file, boardWith(['T'], 10));
    const boards = Array.from({ length: 10 }, () => open());
    await Promise.all([
      ...boards.map((board, index) => board.update(`T-${index + 1}`, { status: 'done' })),
      ...boards.map((board) => board.create({ ...fix, cause: { check: 'unit' } })),
    ]);
    const entries: { status: string }[] = JSON.parse(read());
    expect(entries.map(({ status }) => status)).toEqual([...Array(10).fill('done'), 'pending']);
  });
});

describe('findTasksFile', () => {
  test('takes the first of the usual places that exists, and the configured one before all', async () => {
    expect(await findTasksFile(dir)).toBe(file);
    for (const place of [
      '.taskmaster/tasks/tasks.json',
      '.plan/tasks/index.json',
      '.plan/tasks.json',
      'tasks.json',
    ]) {
      const existing = path.join(dir, place);
      mkdirSync(path.dirname(existing), { recursive: true });
      writeFileSync(existing, '[]');
      expect(await findTasksFile(dir)).toBe(existing);
    }
    expect(await findTasksFile(dir, 'plan/board.json')).toBe(path.join(dir, 'plan/board.json'));
    expect(await findTasksFile(dir, '/elsewhere/board.json')).toBe('/elsewhere/board.json');
  });
});
