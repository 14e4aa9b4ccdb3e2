import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { locateField, readField } from '../../../src/tasks/dialects.ts';
import { JsonSyntaxError } from '../../../src/tasks/json-syntax.ts';
import { isObject } from '../../../src/tasks/json-values.ts';
import {
  type Columns,
  hasId,
  hasOddTime,
  hasScore,
  idIsNumber,
  isNoObject,
  putIdTogether,
} from '../../../src/tasks/scan/columns.ts';
import { createdMs } from '../../../src/tasks/scan/exact-rows.ts';
import { openPlainWalker } from '../../../src/tasks/scan/plain-walker.ts';
import { type RowSink, type Rows, readWith } from '../../../src/tasks/scan/read-lists.ts';
import type { ListWalker } from '../../../src/tasks/scan/walker.ts';
import { openWasmWalker } from '../../../src/tasks/scan/wasm-walker.ts';
import { runs } from '../../property-runs.ts';
import { anyMembers, arrayText, bytesOf, entriesIn, sourceOf, taskFileText } from '../documents.ts';
import { entryText } from '../entries.ts';

/** Numbers that JavaScript rounds are kept as the file writes them: another test looks at those. */
function exact(id: string | number, isNumber = typeof id === 'number'): string {
  return isNumber && !Number.isSafeInteger(Number(id)) ? '(as written)' : String(id);
}

interface Row {
  tag: string | undefined;
  text: string;
  position: number;
  isObject: boolean;
  id: string | undefined;
  status: string;
  type: string;
  agent: string;
  priority: string;
  score: number | undefined;
  created: number;
}

class Collector implements RowSink {
  readonly rows: Row[] = [];
  readonly #bytes: Uint8Array;
  #tag: string | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  openList(tag: string | undefined) {
    this.#tag = tag;
  }

  closeList() {}

  /** Odd times are left to whoever asks. */
  #created(columns: Columns, row: number, base: number): number {
    if ((columns.flags[row]! & hasOddTime) === 0) return columns.created[row]!;
    return createdMs(
      JSON.parse(
        new TextDecoder().decode(this.#bytes.subarray(base + columns.start[row]!, base + columns.end[row]!)),
      ),
    );
  }

  takeRows({ columns, count, words, base }: Rows) {
    for (let i = 0; i < count; i += 1) {
      const flags = columns.flags[i]!;
      const isObject = (flags & isNoObject) === 0;
      const word = (code: number) => (words.isNumber(code) ? '#' : '') + words.textOf(code);
      this.rows.push({
        tag: this.#tag,
        text: new TextDecoder().decode(
          this.#bytes.subarray(base + columns.start[i]!, base + columns.end[i]!),
        ),
        position: columns.position[i]!,
        isObject,
        id:
          isObject && flags & hasId
            ? exact(
                putIdTogether(words.textOf(columns.idStem[i]!), columns.idDigits[i]!, columns.idNumber[i]!),
                (flags & idIsNumber) !== 0,
              )
            : undefined,
        status: isObject ? word(columns.status[i]!) : '',
        type: isObject ? word(columns.type[i]!) : '',
        agent: isObject ? word(columns.agent[i]!) : '',
        priority: isObject ? word(columns.priority[i]!) : '',
        score: isObject && flags & hasScore ? columns.score[i] : undefined,
        created: isObject ? this.#created(columns, i, base) : 0,
      });
    }
  }
}

/** What `JSON.parse` says is in the file. */
function oracle(text: string): Omit<Row, 'text'>[] {
  return entriesIn(text).flatMap(({ tag, position, entry }) => {
    if (entry === null || typeof entry !== 'object') return [];
    const word = (role: 'status' | 'type' | 'agent' | 'priority') => {
      const value = isObject(entry) ? readField(entry, role) : undefined;
      return typeof value === 'number' ? `#${value}` : typeof value === 'string' ? value : '';
    };
    const id = isObject(entry) && locateField(entry, 'id') ? readField(entry, 'id') : undefined;
    const score = isObject(entry) ? entry.priority_score : undefined;
    return [
      {
        tag,
        position,
        isObject: isObject(entry),
        id: (typeof id === 'string' && id !== '') || typeof id === 'number' ? exact(id) : undefined,
        status: word('status'),
        type: word('type'),
        agent: word('agent'),
        priority: word('priority'),
        score: typeof score === 'number' && Number.isFinite(score) ? score : undefined,
        created: isObject(entry) ? createdMs(entry) : 0,
      },
    ];
  });
}

/** Of a repeated tag the last list counts, for both; whether it stands where the tag came first or last does not. */
const byTag = <T extends { tag: string | undefined }>(rows: readonly T[] | undefined) =>
  rows?.toSorted((left, right) => (left.tag ?? '').localeCompare(right.tag ?? ''));

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

function isJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\ufeff/, ''));
    return true;
  } catch {
    return false;
  }
}
