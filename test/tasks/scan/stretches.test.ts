import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findCut, guessPattern } from '../../../src/tasks/scan/stretches.ts';
import { type FileSearch, findInFile } from '../../../src/tasks/search.ts';
import { searchStretches } from '../../../src/tasks/shared-search.ts';
import type { TaskFilter } from '../../../src/tasks/types.ts';
import { runs } from '../../property-runs.ts';
import { bytesOf, sourceOf } from '../documents.ts';

/** Stretches of a file, read apart by two, answer as the file does. */

const filters: TaskFilter[] = [
  { limit: 3 },
  { status: 'pending', sort: 'id', limit: 2 },
  { sort: 'file', limit: 5 },
  { text: 'x' },
  { ids: ['T-3', 'T-30'], sort: 'file', limit: 10 },
];

async function compare(text: string, stretchBytes = 64): Promise<'shared' | 'whole'> {
  const source = { ...sourceOf(bytesOf(text)), fd: 0 };
  let wasShared = false;
  for (const filter of filters) {
    const whole = await findInFile(source, filter, { isLines: false });
    const { search, outcome } = sharing(source, stretchBytes);
    const found = await findInFile(source, filter, search);
    expect(found).toEqual({ ...whole, lists: found.lists });
    wasShared ||= outcome.didFind;
  }
  return wasShared ? 'shared' : 'whole';
}

/** A search by two who take turns, as threads do when the machine has it so. */
function sharing(source: Parameters<typeof searchStretches>[0], stretchBytes: number) {
  const outcome = { didFind: false };
  const search: FileSearch = {
    isLines: false,
    shareFromBytes: 0,
    stretchBytes,
    runHelper: async (job) => {
      const found = await searchStretches({ ...source, isInstant: true }, job);
      outcome.didFind = found !== undefined;
      return found;
    },
  };
  return { search, outcome };
}

const entry = fc.record({
  id: fc.integer({ min: 1, max: 40 }).map((id) => `T-${id}`),
  title: fc.constantFrom('x', '},{"id":"', '},\n  {\n    "id"', ']', 'ä'),
  status: fc.constantFrom('pending', 'done'),
  priority: fc.constantFrom('high', 'low'),
  subtasks: fc.array(fc.record({ id: fc.nat(), status: fc.constant('pending') }), { maxLength: 3 }),
});
const list = fc.array(entry, { maxLength: 30 });

test('whatever is guessed', async () => {
  let shared = 0;
  await fc.assert(
    fc.asyncProperty(
      list,
      fc.constantFrom(0, 2),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(64, 300, 2000),
      async (entries, indent, isWrapped, isBroken, stretchBytes) => {
        const file = isWrapped ? { version: '1', tasks: entries, after: [{ id: 'no' }] } : entries;
        const text = JSON.stringify(file, null, indent);
        if (isBroken) {
          const source = { ...sourceOf(bytesOf(text.slice(0, -1))), fd: 0 };
          const { search } = sharing(source, stretchBytes);
          await expect(findInFile(source, {}, search)).rejects.toMatchObject({ name: 'JsonSyntaxError' });
        } else if ((await compare(text, stretchBytes)) === 'shared') shared += 1;
      },
    ),
    { numRuns: runs(400) },
  );
  expect(shared).toBeGreaterThan(15); // the case that is meant was among them
});

test.each([
  ['a list that comes again', '{"tasks":[{"id":1},{"id":2},{"id":3},{"id":4}],"tasks":[{"id":9}]}'],
  ['tags', '{"a":{"tasks":[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5}]}}'],
  [
    'entries within an entry',
    '[{"id":1,"x":[{"id":2},{"id":3},{"id":4},{"id":5},{"id":6},{"id":7},{"id":8}]},{"id":9}]',
  ],
  [
    'entries within a text',
    '[{"id":1,"x":"},{\\"id\\":2},{\\"id\\":2},{\\"id\\":2},{\\"id\\":2},{\\"id\\":2}"},{"id":9}]',
  ],
  ['one entry', '[{"id":1}]'],
  ['nothing', '[]'],
])('is not fooled by %s', async (_, text) => {
  await compare(text);
});

test('guesses a cut from how the first entry is written', async () => {
  const ids = Array.from({ length: 100 }, (_, id) => ({ id }));
  const text = JSON.stringify(ids, null, 2);
  const source = sourceOf(bytesOf(text));
  const pattern = await guessPattern(source);
  const cut = pattern && (await findCut(source, 700, pattern));
  expect(cut).toBeGreaterThan(700);
  expect(text.slice(cut, (cut ?? 0) + 13)).toMatch(/^\{\n {4}"id": \d/);
});

test('the command line reads a large file in two threads, and finds the same', {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'large-'));
  try {
    const tasks = Array.from({ length: 70_000 }, (_, index) => ({
      id: `T-${index + 1}`,
      title: `Task ${index}`,
      description: 'x'.repeat(900),
      status: index % 7 === 0 ? 'pending' : 'done',
      agent: index % 11 === 0 ? 'DevOps-Engineer' : 'Tester',
    }));
    writeFileSync(path.join(folder, 'tasks.json'), JSON.stringify(tasks, null, 2));
    const filter = { agent: 'devops_engineer', status: 'pending', limit: 200 };
    const cli = path.resolve(import.meta.dirname, '../../../dist/cli.js');
    const args = ['--project', folder, '--json', 'call', 'filterTasks', JSON.stringify(filter)];
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args]);
    const expected = tasks.filter(({ agent, status }) => agent === 'DevOps-Engineer' && status === 'pending');
    const answer = JSON.parse(stdout);
    expect(answer.total).toBe(expected.length);
    expect(answer.tasks.map(({ id }: { id: string }) => id)).toEqual(
      expected.slice(0, 200).map(({ id }) => id),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
