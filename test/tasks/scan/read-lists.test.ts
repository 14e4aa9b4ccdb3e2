import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JsonSyntaxError } from '../../../src/tasks/json-syntax.ts';
import { openPlainWalker } from '../../../src/tasks/scan/plain-walker.ts';
import { readWith } from '../../../src/tasks/scan/read-lists.ts';
import type { ListWalker } from '../../../src/tasks/scan/walker.ts';
import { openWasmWalker } from '../../../src/tasks/scan/wasm-walker.ts';
import { runs } from '../../property-runs.ts';
import { anyMembers, arrayText, bytesOf, sourceOf, taskFileText } from '../documents.ts';
import { entryText } from '../entries.ts';
import { byTag, Collector, isJson, oracle } from './rows.ts';

const walkers: [string, () => ListWalker][] = [
  [
    'in WebAssembly',
    () => {
      const walker = openWasmWalker();
      if (!walker) throw new Error('this Node has no WebAssembly with SIMD');
      return walker;
    },
  ],
  ['in plain JavaScript', openPlainWalker],
];

async function rowsOf(text: string | Uint8Array, open: () => ListWalker, chunkSize?: number) {
  const bytes = typeof text === 'string' ? bytesOf(text) : text;
  return (await readWith(sourceOf(bytes), open(), () => new Collector(bytes), { chunkSize }))?.sink.rows;
}

/** Files for each of both walkers. */
const numRuns = runs(2_500);
const property = { timeout: 300_000 };

// The plain walker meets the end of each chunk as an exception, and chunks of two bytes have many. The test runner keeps
// a hundred frames of each, which takes longer than all the rest.
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

test('both walkers find what JSON.parse finds, whatever the chunks', property, async () => {
  await fc.assert(
    fc.asyncProperty(
      taskFileText(arrayText(entryText), anyMembers),
      fc.constantFrom(undefined, 2, 7, 64, 1000),
      async (text, chunkSize) => {
        const expected = byTag(oracle(text));
        for (const [name, open] of walkers) {
          const rows = await rowsOf(text, open, chunkSize);
          for (const { text: own } of rows ?? []) JSON.parse(own);
          expect(byTag(rows?.map(({ text: _, ...row }) => row)), name).toEqual(expected);
        }
      },
    ),
    { numRuns },
  );
});

test('both walkers refuse what JSON.parse refuses', property, async () => {
  const damage = fc.constantFrom(
    ...[
      '',
      ',',
      '"',
      '}',
      ']',
      '{',
      '[',
      ':',
      '\\',
      '1',
      'x',
      ' ',
      '\n',
      '0',
      '-',
      '.',
      'e',
      'true',
      '\u0001',
      '\t',
    ],
  );
  const broken = fc
    .tuple(taskFileText(arrayText(entryText), anyMembers), fc.nat(), fc.nat({ max: 3 }), damage)
    .map(([text, at, length, insert]) => {
      const place = at % (text.length + 1);
      return (text.slice(0, place) + insert + text.slice(place + length)).toWellFormed();
    });
  await fc.assert(
    fc.asyncProperty(broken, fc.constantFrom(undefined, 2, 64), async (text, chunkSize) => {
      const expected = isJson(text) ? byTag(oracle(text)) : undefined;
      for (const [name, open] of walkers) {
        const rows = await rowsOf(text, open, chunkSize).catch((error: unknown) => {
          if (error instanceof JsonSyntaxError) return undefined;
          throw error;
        });
        expect(byTag(rows?.map(({ text: _, ...row }) => row)), name).toEqual(expected);
      }
    }),
    { numRuns },
  );
});
