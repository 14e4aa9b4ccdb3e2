import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { openTaskBoard } from '../../src/tasks/open.ts';
import { Snapshot } from '../../src/tasks/snapshot.ts';
import { boardFile, boardOf, now } from './boards.ts';
import { bytesOf, sourceOf } from './documents.ts';

/** A command that changes one entry and keeps no index finds, and changes, what a server does. */

const entry = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({ id: fc.nat({ max: 60 }), status: fc.constantFrom('done', 'ready', 'a') }),
  },
  fc.constantFrom(null, [], 'T-1', {}),
);
const list = fc.array(entry, { maxLength: 40 });
const document = fc.oneof(
  list,
  fc.record({ version: fc.constant(1), tasks: list, tags: list }),
  fc.record({ master: fc.record({ tasks: list }), other: fc.record({ tasks: list }) }),
);

test('an entry and what is around it, from one pass as from an index', async () => {
  await fc.assert(
    fc.asyncProperty(
      document,
      fc.nat({ max: 60 }),
      fc.integer({ min: 1, max: 4 }),
      async (value, id, reach) => {
        const source = sourceOf(bytesOf(JSON.stringify(value, null, 2)));
        const indexed = new Snapshot(source, 'tasks.json');
        await indexed.index();
        const look = (snapshot: Snapshot) =>
          snapshot.inPlace(String(id), reach).catch(({ code, message }) => ({ code, message }));
        expect(await look(new Snapshot(source, 'tasks.json'))).toEqual(await look(indexed));
      },
    ),
    { numRuns: 500 },
  );
});

describe('a large file, copied while it is read', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'draft-'));
  const file = path.join(folder, 'tasks.json');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const tasks = Array.from({ length: 6_000 }, (_, index) => ({
    id: `T-${index}`,
    status: 'pending',
    text: 'x'.repeat(800),
  }));
  const text = JSON.stringify(tasks, null, 2);
  const board = () => openTaskBoard({ file, now: () => new Date(now), keepsIndex: false });

  test.each(['T-0', 'T-3000', 'T-5999'])(
    'only the status of %s is another, whatever its length',
    async (id) => {
      writeFileSync(file, text, { mode: 0o640 });
      for (const [before, after] of [
        ['pending', 'blocked'],
        ['blocked', 'a much longer word'],
        ['a much longer word', 'x'],
      ]) {
        const expected = readFileSync(file, 'utf8').replace(
          `"${id}",\n    "status": "${before}"`,
          `"${id}",\n    "status": "${after}"`,
        );
        await board().update(id, { status: after ?? '' });
        expect(readFileSync(file, 'utf8') === expected).toBe(true);
      }
      expect(statSync(file).mode & 0o777).toBe(0o640);
      expect(readdirSync(folder)).toEqual(['tasks.json']);
    },
  );

  test('nothing is left of the copy where nothing is changed', async () => {
    writeFileSync(file, text);
    await board().update('T-7', { status: 'pending' });
    await expect(board().update('none', { status: 'done' })).rejects.toMatchObject({ code: 'UNKNOWN_TASK' });
    await expect(board().update('T-7', { status: 'done', expectStatus: 'done' })).rejects.toMatchObject({
      code: 'TASK_CHANGED',
    });
    expect(readFileSync(file, 'utf8') === text).toBe(true);
    expect(readdirSync(folder)).toEqual(['tasks.json']);
  });

  test('another program that replaces it meanwhile loses nothing', async () => {
    writeFileSync(file, text);
    let isReplaced = false;
    const replacing = openTaskBoard({
      file,
      keepsIndex: false,
      now: () => {
        if (!isReplaced)
          writeFileSync(
            file,
            text.replace('"T-9",\n    "status": "pending"', '"T-9",\n    "status": "theirs"'),
          );
        isReplaced = true;
        return new Date(now);
      },
    });
    await replacing.update('T-4000', { status: 'done' });
    const found = await board().filter({ ids: ['T-9', 'T-4000'], sort: 'file' });
    expect(found.tasks.map(({ status }) => status)).toEqual(['theirs', 'done']);
    expect(readdirSync(folder)).toEqual(['tasks.json']);
  });
});

test('depends on what the whole file has', async () => {
  const text = '[{"id":"1","dependencies":[]},{"id":"2","dependencies":["1"]}]';
  const board = boardOf(text, { keepsIndex: false });
  await expect(board.update('1', { set: { dependencies: ['2'] } })).rejects.toMatchObject({
    code: 'DEPENDENCY_CYCLE',
  });
  expect(readFileSync(boardFile, 'utf8')).toBe(text);
});
