import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { openTaskBoard } from '../../src/tasks/open.ts';
import type { TaskFilter } from '../../src/tasks/types.ts';
import { runs } from '../property-runs.ts';
import { fix, now } from './boards.ts';

/** A board that keeps an index between calls answers as one that reads the whole file for each. */

// On a disk: where files are in memory, every stamp is exact and nothing is proven about those that are not.
const folder = mkdtempSync(path.join(tmpdir(), 'kept-'));
const file = path.join(folder, 'tasks.json');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Entry {
  id: string;
  status: string;
  priority?: string | undefined;
  title: string;
  created_at?: string | undefined;
}

const entry: fc.Arbitrary<Entry> = fc.record({
  id: fc.constantFrom('T-1', 'T-2', 'T-3', 'T-10', 'x', 'y'),
  status: fc.constantFrom('pending', 'done', 'in_progress', 'todo'),
  priority: fc.constantFrom('high', 'low', undefined),
  title: fc.constantFrom('a', 'bb', 'ä', '"}{'),
  // The walker reads the first one, and leaves the others to whoever sorts by them.
  created_at: fc.constantFrom(
    '2025-01-31T10:00:00Z',
    'Fri, 31 Jan 2025 09:00:00 GMT',
    '2025-02-30',
    undefined,
  ),
});
const entries = fc.uniqueArray(entry, { selector: ({ id }) => id, maxLength: 6 });

type Step =
  | { kind: 'replaced' | 'overwritten' | 'overwritten with its stamps kept'; list: Entry[] }
  | { kind: 'same length'; from: string; to: string }
  | { kind: 'update'; id: string; status: string }
  | { kind: 'create' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('replaced', 'overwritten', 'overwritten with its stamps kept'),
    list: entries,
  }),
  fc.record({
    kind: fc.constant('same length'),
    from: fc.constantFrom('todo', 'done'),
    to: fc.constantFrom('todo', 'done'),
  }),
  fc.record({
    kind: fc.constant('update'),
    id: entry.map(({ id }) => id),
    status: entry.map(({ status }) => status),
  }),
  fc.constant<Step>({ kind: 'create' }),
);

const filters: TaskFilter[] = [
  {},
  { status: 'pending' },
  { status: 'done|todo', sort: 'id' },
  { priority: 'high', limit: 2 },
  { ids: ['T-1', '#2'], sort: 'file' },
  { text: 'B', sort: 'created' },
  { sort: 'created' },
];

function foreign(made: Step): void {
  if (made.kind === 'replaced') {
    writeFileSync(`${file}.new`, JSON.stringify(made.list, null, 2));
    renameSync(`${file}.new`, file);
  } else if (made.kind === 'overwritten') {
    writeFileSync(file, JSON.stringify(made.list));
  } else if (made.kind === 'overwritten with its stamps kept') {
    const { atime, mtime } = statSync(file);
    writeFileSync(file, JSON.stringify(made.list));
    utimesSync(file, atime, mtime);
  } else if (made.kind === 'same length') {
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(`"status":"${made.from}"`, `"status":"${made.to}"`),
    );
  }
}

test('whoever changes the file, and however fast', async () => {
  await fc.assert(
    fc.asyncProperty(entries, fc.array(step, { minLength: 1, maxLength: 8 }), async (first, steps) => {
      writeFileSync(file, JSON.stringify(first));
      const settings = { file, now: () => new Date(now) };
      const keeping = openTaskBoard(settings);
      const fresh = openTaskBoard({ ...settings, keepsIndex: false });
      const compareAll = async () => {
        for (const filter of filters)
          expect(await keeping.filter(filter)).toEqual(await fresh.filter(filter));
      };
      await compareAll();
      for (const made of steps) {
        if (made.kind === 'create') await keeping.create(fix);
        else if (made.kind === 'update')
          await keeping.update(made.id, { status: made.status }).catch(() => undefined);
        else foreign(made);
        await compareAll();
      }
    }),
    { numRuns: runs(60) },
  );
});

test('what we wrote ourselves is known without reading it again', async () => {
  const list = Array.from({ length: 2_000 }, (_, index) => ({
    id: `T-${index}`,
    status: 'pending',
    title: 'x'.repeat(index % 50),
  }));
  writeFileSync(file, JSON.stringify(list, null, 2));
  const board = openTaskBoard({ file, now: () => new Date(now) });
  for (const id of ['T-0', 'T-1999', 'T-1000', 'T-999'])
    await board.update(id, { status: 'done', note: 'ä"' });
  await board.create(fix);
  await board.update('T-2000', { status: 'done' });
  const after = JSON.parse(readFileSync(file, 'utf8')) as { id: string }[];
  expect((await board.filter({ sort: 'file' })).tasks.map(({ entry: one }) => one)).toEqual(after);
  expect((await board.filter({ status: 'done', sort: 'id' })).tasks.map(({ id }) => id)).toEqual([
    'T-0',
    'T-999',
    'T-1000',
    'T-1999',
    'T-2000',
  ]);
});
