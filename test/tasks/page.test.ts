import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { priorityRank, rankOf, readTask } from '../../src/tasks/dialects.ts';
import { isObject } from '../../src/tasks/json-values.ts';
import type { TaskFilter } from '../../src/tasks/types.ts';
import { fold, matchesGlob } from '../../src/tasks/words.ts';
import { runs } from '../property-runs.ts';
import { boardOf, pageOf } from './boards.ts';
import { entryText } from './entries.ts';

const tasks = [
  {
    id: 'T-1',
    title: 'Roll out',
    type: 'deployment_staging',
    status: 'pending',
    priority: 'low',
    agent: 'DevOps-Engineer',
  },
  {
    id: 'T-2',
    title: 'Scale',
    type: 'infrastructure_scaling',
    status: 'in-progress',
    priority: 'critical',
    agent: 'devops-engineer',
  },
  {
    id: 'T-10',
    title: 'Watch',
    type: 'monitoring_setup',
    status: 'pending',
    priority: 'P1',
    assigned_to: 'DevOps_Engineer',
  },
  {
    id: 'T-3',
    title: 'Fix',
    description: 'the ROLLBACK',
    type: 'bug_fix',
    status: 'In Progress',
    priority: 'urgent',
    agent: 'Task-Coder',
  },
  { id: 'T-4', title: 'Plain', status: 'done' },
];

const ids = async (filter: TaskFilter, entries: object[] = tasks) =>
  (await pageOf(entries, { sort: 'file', ...filter })).tasks.map(({ id }) => id);

describe('filters', () => {
  test.each<[string, TaskFilter, string[]]>([
    ['nothing asked', {}, ['T-1', 'T-2', 'T-10', 'T-3', 'T-4']],
    ['a glob', { type: 'deployment_*' }, ['T-1']],
    ['alternatives', { type: 'deployment_*|infrastructure_* | monitoring_setup' }, ['T-1', 'T-2', 'T-10']],
    ['a list', { type: ['bug_fix', 'deployment_?taging'] }, ['T-1', 'T-3']],
    ['any value, also none', { type: '*', agent: ['x', '*'] }, ['T-1', 'T-2', 'T-10', 'T-3', 'T-4']],
    [
      'what is empty restricts nothing',
      { type: '', agent: [], ids: [], text: '' },
      ['T-1', 'T-2', 'T-10', 'T-3', 'T-4'],
    ],
    ['an agent in any spelling', { agent: 'DEVOPS-ENGINEER' }, ['T-1', 'T-2', 'T-10']],
    ['a status in any spelling', { status: 'in_progress' }, ['T-2', 'T-3']],
    ['a priority by its rank', { priority: 'P0' }, ['T-2', 'T-3']],
    ['a priority by its word', { priority: 'high|low' }, ['T-1', 'T-10']],
    ['ids', { ids: ['T-3', 'T-1', 'T-99'] }, ['T-1', 'T-3']],
    ['text in title or description', { text: 'roll' }, ['T-1', 'T-3']],
    ['all of them together', { agent: 'devops*', status: 'pending', type: '*_*' }, ['T-1', 'T-10']],
    ['no word where one is asked for', { type: '?*' }, ['T-1', 'T-2', 'T-10', 'T-3']],
  ])('%s', async (_, filter, expected) => {
    expect(await ids(filter)).toEqual(expected);
  });

  test('agree with filtering what JSON.parse reads', async () => {
    const list = fc.array(entryText, { maxLength: 8 }).map((texts) => `[${texts.join(',')}]`);
    const word = fc.constantFrom(
      'pending',
      'in_progress',
      'IN-PROGRESS',
      'T-*',
      '1*',
      'a?b',
      'long*',
      'x|12',
      '*',
    );
    const filter = fc.record(
      {
        status: word,
        type: word,
        agent: word,
        priority: fc.oneof(word, fc.constantFrom('P1', 'high', '87.25')),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(list, filter, fc.boolean(), async (text, wanted, keepsIndex) => {
        const entries = (JSON.parse(text) as unknown[]).filter(isObject);
        const expected = entries.filter((entry) => {
          const task = readTask('', entry);
          return (['status', 'type', 'agent', 'priority'] as const).every((role) => {
            const globs = (wanted[role] ?? '*').split('|');
            if (globs.includes('*')) return true;
            const word = task[role];
            if (word !== undefined && globs.some((glob) => matchesGlob(glob, word))) return true;
            const rank = role === 'priority' ? rankOf(entry) : undefined;
            return rank !== undefined && globs.some((glob) => priorityRank(glob) === rank);
          });
        });
        const { tasks, total } = await boardOf(text, { keepsIndex }).filter({ ...wanted, sort: 'file' });
        expect(tasks.map(({ entry }) => entry)).toEqual(expected);
        expect(total).toBe(expected.length);
      }),
      { numRuns: runs(1_000) },
    );
  });

  test('globs agree with regular expressions', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '_', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (pattern, word) => {
        const source = fold(pattern).replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesGlob(pattern, word)).toBe(new RegExp(`^${source}$`, 's').test(fold(word)));
      }),
      { numRuns: runs(2_000) },
    );
  });

  test('a hostile glob takes no time', () => {
    const startedAt = performance.now();
    expect(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(10_000))).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('orders', () => {
  test('most urgent first by default: word, then score, then id', async () => {
    const entries = [
      { id: 'a10', priority: 'high' },
      { id: 'a9', priority: 'P1' },
      { id: 'b', priority_score: 5 },
      { id: 'c', priority_score: 50 },
      { id: 'd' },
      { id: 'e', priority: 'low' },
      { id: 'f', priority: 0 },
      { id: 'g', priority: 'High', priority_score: 1 },
    ];
    expect(await ids({ sort: undefined }, entries)).toEqual(['f', 'g', 'a9', 'a10', 'c', 'b', 'd', 'e']);
  });

  test('by id as people count', async () => {
    expect(await ids({ sort: 'id' })).toEqual(['T-1', 'T-2', 'T-3', 'T-4', 'T-10']);
  });

  test('by creation, oldest first, those without a time last', async () => {
    const entries = [
      { id: 'a' },
      { id: 'b', created_at: '2025-01-02T00:00:00Z' },
      { id: 'c', createdAt: '2025-01-01T23:00:00.000Z' },
      { id: 'd', payload: { created_at: 1 } },
    ];
    expect(await ids({ sort: 'created' }, entries)).toEqual(['d', 'c', 'b', 'a']);
  });
});

describe('cursors', () => {
  const entry = fc.record({
    id: fc.integer({ min: 1, max: 12 }).map((id) => `T-${id}`), // some twice
    priority: fc.constantFrom('high', 'low', 'P0', undefined),
    created_at: fc.constantFrom('2025-01-01', '2025-01-02', undefined),
  });
  const sort = fc.constantFrom('priority', 'id', 'created', 'file', undefined);

  test('walk every task once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 20 }),
        sort,
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (entries, order, limit, keepsIndex) => {
          const board = boardOf(JSON.stringify(entries), { keepsIndex });
          const whole = await board.filter({ sort: order });
          const walked = [];
          let cursor: string | undefined;
          do {
            const page = await board.filter({ sort: order, limit, cursor });
            expect(page.total).toBe(entries.length);
            walked.push(...page.tasks);
            cursor = page.nextCursor;
          } while (cursor !== undefined);
          expect(walked).toEqual(whole.tasks);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  test('neither repeat nor miss an untouched task when others come, go and change', async () => {
    const unique = fc.uniqueArray(entry, { selector: ({ id }) => id, minLength: 2, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        unique,
        sort,
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.nat({ max: 3 })),
        async (entries, order, limit, choices) => {
          const first = await pageOf(entries, { sort: order, limit });
          // 0: removed, 1: changed so that it no longer matches its old place, else untouched
          const edited = entries.flatMap((one, index) => {
            const choice = choices.next().value;
            const added = choice === 2 ? [{ ...one, id: `N-${index}` }] : [];
            return choice === 0
              ? added
              : [...added, choice === 1 ? { ...one, priority: 'medium', touched: true } : one];
          });
          const untouched = edited
            .filter((one) => !('touched' in one) && one.id.startsWith('T-'))
            .map(({ id }) => id);
          if (first.nextCursor === undefined) return;
          const rest = await pageOf(edited, { sort: order, cursor: first.nextCursor });
          const seen = [...first.tasks, ...rest.tasks]
            .map(({ id }) => id)
            .filter((id) => untouched.includes(id));
          // In the order of the file a removed last task leaves only the place where it stood.
          const last = first.tasks.at(-1)?.id;
          fc.pre(order !== 'file' || edited.some(({ id }) => id === last));
          expect(seen.sort()).toEqual(untouched.sort());
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test('are refused when they are none, or of another order', async () => {
    const { nextCursor } = await pageOf(tasks, { sort: 'id', limit: 1 });
    for (const cursor of ['', 'x', '%%%', 'WzFd', `${nextCursor}x`]) {
      await expect(pageOf(tasks, { sort: 'id', cursor })).rejects.toEqual(
        expect.objectContaining({ code: 'INVALID_CURSOR' }),
      );
    }
    await expect(pageOf(tasks, { sort: 'file', cursor: nextCursor })).rejects.toThrow(
      /sorted by id, not by file/,
    );
  });
});
