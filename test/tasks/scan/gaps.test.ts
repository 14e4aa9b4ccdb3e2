import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openPlainWalker } from '../../../src/tasks/scan/plain-walker.ts';
import { readWith } from '../../../src/tasks/scan/read-lists.ts';
import type { ListWalker } from '../../../src/tasks/scan/walker.ts';
import { openWasmWalker } from '../../../src/tasks/scan/wasm-walker.ts';
import { Window } from '../../../src/tasks/scan/window.ts';
import { SelectingSink } from '../../../src/tasks/selecting-sink.ts';
import { Selection } from '../../../src/tasks/selection.ts';
import type { TaskFilter } from '../../../src/tasks/types.ts';
import { runs } from '../../property-runs.ts';
import { bytesOf, sourceOf, valueText } from '../documents.ts';
import { byTag, Collector, isJson, oracle } from './rows.ts';

/**
 * The walker knows what stands between two values from before, and then compares bytes. So it is tried where that
 * could mislead it: in files that are all alike but for one byte, and with one walker for many files.
 */

/** One walker, which goes on knowing what it has seen. */
function oneForAll(chunkSize = 300) {
  const walker = openWasmWalker() as ListWalker;
  const window = new Window(walker, chunkSize, 100);
  return async (text: string) => {
    const bytes = bytesOf(text);
    const source = { ...sourceOf(bytes), isInstant: true };
    const read = await readWith(source, walker, () => new Collector(bytes), { window });
    return byTag(read?.sink.rows.map(({ text: _, ...row }) => row));
  };
}

const words = fc.constantFrom('pending', 'done', 'x "y"', 'ä', '', 'a\\b', '}, {', '\n');
/** As programs write them: the same keys in the same order, some of them missing, lists of any length. */
const regular = fc.record(
  {
    id: fc.oneof(
      fc.nat({ max: 99 }),
      fc.nat({ max: 99 }).map((number) => `T-${number}`),
    ),
    title: words,
    status: words,
    agent: fc.constantFrom('DevOps-Engineer', 'Tester', null),
    priority: fc.constantFrom('high', 1, null),
    priority_score: fc.constantFrom(0.5, -1, 12),
    payload: fc.record(
      {
        type: words,
        files: fc.array(words, { maxLength: 3 }),
        count: fc.nat(),
        deep: fc.constant([[], {}, [{}]]),
      },
      { requiredKeys: ['type'] },
    ),
    done: fc.boolean(),
    dependencies: fc.array(fc.constantFrom('T-1', 'T-2', 3), { maxLength: 3 }),
    created_at: fc.constantFrom('2025-01-01T00:00:00Z', 'yesterday', 5),
  },
  { requiredKeys: ['id', 'title', 'status'] },
);
const board = fc
  .tuple(
    fc.array(fc.oneof({ weight: 20, arbitrary: regular }, fc.constantFrom(1, 'text', [], {}, null)), {
      maxLength: 12,
    }),
    fc.constantFrom(0, 2, '\t'),
  )
  .map(([entries, indent]) => JSON.stringify(entries, null, indent));

/** One to three bytes that are others, or not there, or too many. */
const damage = fc.array(
  fc.record({
    at: fc.nat(),
    length: fc.nat({ max: 2 }),
    text: fc.constantFrom(
      '',
      ...'{}[]:,"\\ \n\t0-.eEtnx\u0001ä',
      '""',
      '[]',
      '{}',
      '\\u00',
      ',"a":',
      ',1',
      '//',
    ),
  }),
  { maxLength: 3 },
);
const damaged = fc.tuple(board, damage).map(([text, places]) =>
  places
    .reduce((so, { at, length, text: put }) => {
      const place = at % (so.length + 1);
      return so.slice(0, place) + put + so.slice(place + length);
    }, text)
    .toWellFormed(),
);

test('what is known from other files misleads nobody', { timeout: 300_000 }, async () => {
  let rowsOf = oneForAll();
  let readBefore = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        damaged,
        board,
        valueText.map((value) => `[${value}]`),
      ),
      async (text) => {
        if (++readBefore % 500 === 0) rowsOf = oneForAll(); // what it has no room for is not kept: begin anew
        expect(await rowsOf(text).catch(() => undefined)).toEqual(
          isJson(text) ? byTag(oracle(text)) : undefined,
        );
      },
    ),
    { numRuns: runs(25_000) },
  );
});

const restrictions: TaskFilter[] = [
  { status: ['pending', 'done'] },
  { status: 'do*' },
  { status: 'nothing' },
  { agent: 'DevOps-Engineer' },
  { agent: 'tester' },
  { type: 'done|x*' },
  { priority: 'high' },
  { priority: ['1', '12', 'P2'] },
];
const filter = fc
  .tuple(
    fc.array(fc.constantFrom(...restrictions), { maxLength: 2 }),
    fc.constantFrom('id', 'file', 'created', 'priority'),
    fc.constantFrom(2, 50),
  )
  .map(([some, sort, limit]): TaskFilter => Object.assign({ sort, limit }, ...some));

test('rows that the walker does not bring are rows that nobody wants', { timeout: 300_000 }, async () => {
  const answer = async (text: string, wanted: TaskFilter, walker: ListWalker) => {
    const makeSink = (known: ListWalker['words'], refuse?: ListWalker['refuse']) =>
      new SelectingSink(wanted, new Selection(wanted, known, { onRefusal: refuse }));
    const read = await readWith(sourceOf(bytesOf(text)), walker, makeSink, { chunkSize: 700 });
    return read && { total: read.sink.selection.total, rows: read.sink.selection.rows() };
  };
  let brought = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(board, { minLength: 1, maxLength: 3 }), filter, async (boards, wanted) => {
      const text = JSON.stringify(
        boards.flatMap((one) => JSON.parse(one)),
        null,
        1,
      );
      const expected = await answer(text, wanted, openPlainWalker());
      expect(await answer(text, wanted, openWasmWalker() as ListWalker)).toEqual(expected);
      brought += expected?.total ?? 0;
    }),
    { numRuns: runs(1_000) },
  );
  expect(brought).toBeGreaterThan(500);
});

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
test.each<[string, string]>([
  ['empty lists without end', `[${Array(5_000).fill('[]').join(',')}]`],
  ['empty objects without end', `[${Array(5_000).fill('{}').join(' ,\n')}]`],
  [
    'keys longer than what is kept',
    JSON.stringify(Array(50).fill({ ['k'.repeat(300)]: [{ [`${'ä'.repeat(90)}"`]: 1 }], id: 1 })),
  ],
  [
    'more white space than what is kept',
    JSON.stringify(Array(50).fill({ a: { b: [1, 'x', []] }, id: 'T-1' }), null, ' '.repeat(10)).replaceAll(
      '\n',
      '\n'.repeat(120),
    ),
  ],
  [
    'other keys in every entry',
    JSON.stringify(
      Array.from({ length: 6_000 }, (_, at) => ({
        id: `T-${at}`,
        [`key ${at}`]: { [at]: 'x' },
        status: `status ${at}`,
      })),
    ),
  ],
  [
    'other keys in every entry, in containers by turns',
    JSON.stringify(
      Array.from({ length: 10_000 }, (_, at) => ({ [`key ${at}`]: at % 2 === 0 ? 'x' : { [at]: 1 } })),
    ),
  ],
  [
    'containers in many ways',
    JSON.stringify(
      Array.from({ length: 64 }, (_, at) =>
        JSON.parse(
          [...at.toString(2)].reduce((inner, bit) => (bit === '1' ? `[${inner}]` : `{"a":${inner}}`), '1'),
        ),
      ),
    ),
  ],
  ['containers as deep as they are known', `[${Array(20).fill(nested(300)).join(',')}]`],
])('%s', async (_, text) => {
  const expected = byTag(oracle(text));
  // In large chunks there is no room for all rows, and for all words, of one.
  for (const rowsOf of [oneForAll(), oneForAll(1 << 19)]) {
    expect(await rowsOf(text)).toEqual(expected);
    expect(await rowsOf(text)).toEqual(expected);
  }
});

test.each<[string, string]>([
  ['containers deeper than they are known', nested(6_000)],
  ['white space without end', `[1,${' '.repeat(9_000)}2]`],
])('%s are left to the plain walker', async (_, text) => {
  expect(isJson(text)).toBe(true);
  expect(await oneForAll()(text)).toBeUndefined();
});
