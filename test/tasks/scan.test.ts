import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBoard } from '../../src/tasks/board.ts';
import { JsonSyntaxError } from '../../src/tasks/json-syntax.ts';
import { scan } from '../../src/tasks/scan.ts';
import { anyMembers, arrayText, bytesOf, taskFileText, valueText } from './documents.ts';

const anyTaskFile = taskFileText(arrayText(valueText), anyMembers);

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** The lists of a file by tag, as `JSON.parse` sees them. */
function oracle(text: string): Map<string | undefined, unknown[]> {
  const top: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
  if (Array.isArray(top)) return new Map([[undefined, top]]);
  const members = typeof top === 'object' && top !== null ? Object.entries(top) : [];
  const own = members.find(([key]) => key === 'tasks')?.[1];
  if (Array.isArray(own)) return new Map([[undefined, own]]);
  return new Map(
    members.flatMap(([tag, value]) => {
      const isTag = typeof value === 'object' && value !== null && !Array.isArray(value);
      const list = isTag && Object.hasOwn(value, 'tasks') ? value.tasks : undefined;
      return Array.isArray(list) ? [[tag, list] as const] : [];
    }),
  );
}

function scanned(bytes: Uint8Array): Map<string | undefined, unknown[]> {
  return new Map(
    scan(bytes).map(({ tag, elements }) => [
      tag,
      elements.map(({ start, end }) => JSON.parse(decode(bytes.subarray(start, end)))),
    ]),
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\ufeff/, ''));
    return true;
  } catch {
    return false;
  }
}

function accepts(text: string): boolean {
  try {
    scan(bytesOf(text));
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(JsonSyntaxError);
    return false;
  }
}

describe('scan', () => {
  test('finds in any container and white space what JSON.parse finds', () => {
    fc.assert(
      fc.property(anyTaskFile, (text) => {
        expect(scanned(bytesOf(text))).toEqual(oracle(text));
      }),
      { numRuns: 1_000 },
    );
  });

  test('gives spans without white space, with nothing but commas and white space between them', () => {
    fc.assert(
      fc.property(anyTaskFile, (text) => {
        const bytes = bytesOf(text);
        for (const { span, elements } of scan(bytes)) {
          let at = span.start + 1;
          for (const { start, end } of elements) {
            expect(decode(bytes.subarray(at, start))).toMatch(/^[\s,]*$/);
            expect(decode(bytes.subarray(start, end)).trim()).toHaveLength(
              decode(bytes.subarray(start, end)).length,
            );
            at = end;
          }
          expect(decode(bytes.subarray(at, span.end))).toMatch(/^\s*\]$/);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('accepts exactly what JSON.parse accepts, also after random damage', () => {
    const damage = fc.tuple(
      fc.nat(),
      fc.nat({ max: 3 }),
      fc.constantFrom('', ',', '"', '}', ']', '{', '\\', '0', 'x', ' ', '\t', '\u0001', '-', '.', 'e', ':'),
    );
    fc.assert(
      fc.property(anyTaskFile, damage, (text, [at, cut, inserted]) => {
        // By code point: half a surrogate pair is no text that a file could hold.
        const characters = [...text];
        const from = at % (characters.length + 1);
        characters.splice(from, cut, inserted);
        const damaged = characters.join('');
        fc.pre(!/\p{Surrogate}/u.test(damaged) && !damaged.slice(1).includes('\ufeff'));
        expect(accepts(damaged)).toBe(isJson(damaged));
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    ['', '0'],
    ['[', '1'],
    ['[1,]', '3'],
    ['[01]', '2'],
    ['[1.]', '3'],
    ['[-]', '2'],
    ['[1e]', '3'],
    ['["\\x"]', '3'],
    ['["\\u12g4"]', '6'],
    ['["a\nb"]', '3'],
    ['["a', '1'],
    ['[tru]', '1'],
    ['[]]', '2'],
    ['{"a" 1}', '5'],
    ['{a:1}', '1'],
    ["['a']", '1'],
    ['[1 2]', '3'],
    ['{"tasks":[],}', '12'],
    ['[NaN]', '1'],
    ['[+1]', '1'],
    ['// x\n[]', '0'],
    ['[\u00a01]', '1'],
    ['\ufeff\ufeff[]', '3'],
  ])('refuses %j at byte %s', (text, offset) => {
    expect(isJson(text.replace('\ufeff\ufeff', 'x'))).toBe(false);
    expect(() => scan(bytesOf(text))).toThrow(
      expect.objectContaining({ name: 'JsonSyntaxError', offset: Number(offset) }),
    );
  });

  test('needs no stack for depth', () => {
    const depth = 200_000;
    const text = `[${'['.repeat(depth)}${']'.repeat(depth)}]`;
    expect(scan(bytesOf(text))[0]?.elements).toEqual([{ start: 1, end: 1 + 2 * depth }]);
  });

  test.each(['{}', '5', '{"tasks":{}}', '{"master":{"tasks":3}}', '{"tasks":[1],"tasks":null}'])(
    'finds no list in %s',
    (text) => {
      expect(scan(bytesOf(text))).toEqual([]);
    },
  );

  test('takes the last of repeated lists', () => {
    const text = '{"tasks":[1],"a":{"tasks":[2]},"tasks":[3],"b":{"tasks":[4],"tasks":[5]}}';
    expect(scanned(bytesOf(text))).toEqual(new Map([[undefined, [3]]]));
    const tagged = '{"b":{"tasks":[4],"tasks":[5]},"b":{"tasks":[6]}}';
    expect(scanned(bytesOf(tagged))).toEqual(new Map([['b', [6]]]));
  });
});

describe('a file that is no task file', () => {
  test('is refused with line, column, byte offset and excerpt', () => {
    const text = '\ufeff[\r\n  {"id": "T-1", "title": "Ä"},\r\n  {"id": "T-2", "title": "€" "x"}\r\n]';
    const offset = bytesOf(text.slice(0, text.indexOf('"x"'))).length;
    expect(() => readBoard(bytesOf(text), 'tasks.json')).toThrow(
      expect.objectContaining({
        code: 'TASKS_INVALID',
        message: `tasks.json:3:30 (byte ${offset}): expected "," or "}", found '"', near: {"id": "T-2", "title": "€" "x"}`,
        remedy: expect.stringContaining('line 3, column 30'),
      }),
    );
  });

  test.each([
    ['an empty file', new Uint8Array(), 'found the end of the file'],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x5b, 0, 0x5d, 0]), 'UTF-16'],
    ['other encodings', new Uint8Array([...bytesOf('[{"id":"'), 0xe4, ...bytesOf('"}]')]), 'not UTF-8'],
    ['JSON of another shape', bytesOf('{"items": []}'), 'no list of tasks'],
  ])('is refused: %s', (_, bytes, reason) => {
    expect(() => readBoard(bytes, 'tasks.json')).toThrow(
      expect.objectContaining({ code: 'TASKS_INVALID', message: expect.stringContaining(reason) }),
    );
  });

  test('shows only the surroundings of a place in a long line', () => {
    const text = `[${'{"id":"T-1"},'.repeat(10_000)}]`;
    const error = (() => {
      try {
        return readBoard(bytesOf(text), 'tasks.json');
      } catch (thrown) {
        return thrown as Error;
      }
    })() as Error;
    expect(error.message).toContain('tasks.json:1:130002 ');
    expect(error.message.length).toBeLessThan(250);
  });
});
