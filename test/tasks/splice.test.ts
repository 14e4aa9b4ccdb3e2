import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sourceAt, spliceField } from '../../src/tasks/splice.ts';
import { valueText, whitespace } from './documents.ts';

const names = ['a', 'b', 'c', '__proto__', 'a.b'];

/** An object of random values; keys repeat and are spelled with escapes. */
const objectText = fc
  .array(fc.tuple(whitespace, fc.constantFrom(...names, 'd'), whitespace, valueText, whitespace), {
    minLength: 1,
    maxLength: 6,
  })
  .map((members) => {
    const text = members.map(([a, name, b, value, c]) => `${a}${JSON.stringify(name)}${b}: ${value}${c}`);
    return `{${text.join(',')}}`;
  });

/** What of a value JSON can say: no -0, no Infinity. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const set = (text: string, path: string[], value: unknown) => spliceField(text, { path, value });
const unset = (text: string, path: string[]) => spliceField(text, { path });

describe('spliceField', () => {
  test('sets a field and leaves the spelling of all others', () => {
    fc.assert(
      fc.property(
        objectText,
        fc.constantFrom(...names, 'new'),
        fc.jsonValue({ maxDepth: 2 }),
        (text, name, raw) => {
          const value = plain(raw);
          const after = set(text, [name], value);
          const expected = Object.fromEntries([...Object.entries(JSON.parse(text)), [name, value]]);
          // A 0 that is set where -0 stands changes nothing, and the spelling stays.
          expect(plain(JSON.parse(after))).toEqual(plain(expected));
          expect(Object.keys(JSON.parse(after))).toEqual(Object.keys(expected));
          for (const other of Object.keys(JSON.parse(text)).filter((key) => key !== name)) {
            expect(sourceAt(after, [other])).toBe(sourceAt(text, [other]));
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('removes a field, however often it stands there, and nothing else', () => {
    fc.assert(
      fc.property(objectText, fc.constantFrom(...names), (text, name) => {
        const after = unset(text, [name]);
        const kept = Object.entries(JSON.parse(text)).filter(([key]) => key !== name);
        expect(JSON.parse(after)).toEqual(Object.fromEntries(kept));
        for (const [other] of kept) expect(sourceAt(after, [other])).toBe(sourceAt(text, [other]));
      }),
      { numRuns: 500 },
    );
  });

  test('makes an object another one and keeps the bytes of what is equal inside', () => {
    fc.assert(
      fc.property(objectText, objectText, (text, other) => {
        const wanted = { ...JSON.parse(text), ...plain(JSON.parse(other)) };
        const after = set(`{"x":${text}}`, ['x'], wanted);
        expect(plain(JSON.parse(after))).toEqual(plain({ x: wanted }));
        for (const key of Object.keys(JSON.parse(text)).filter(
          (name) => !Object.hasOwn(JSON.parse(other), name),
        )) {
          expect(sourceAt(after, ['x', key])).toBe(sourceAt(text, [key]));
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['replaces a value', '{ "a" : 1.0 ,\t"b":2 }', ['b'], 'x', '{ "a" : 1.0 ,\t"b":"x" }'],
    ['writes nothing for an equal value', '{"a":1.0}', ['a'], 1, '{"a":1.0}'],
    [
      'keeps a number that JavaScript cannot hold',
      '{"a":{"n":12345678901234567890,"m":1}}',
      ['a'],
      { n: 12345678901234567000, m: 2 },
      '{"a":{"n":12345678901234567890,"m":2}}',
    ],
    [
      'changes the effective one of repeated keys',
      '{"a":1,"b":0,"\\u0061":2}',
      ['a'],
      3,
      '{"a":1,"b":0,"\\u0061":3}',
    ],
    [
      'reaches into the effective one of repeated objects',
      '{"p":{"a":1},"p":{"a":2}}',
      ['p', 'a'],
      3,
      '{"p":{"a":1},"p":{"a":3}}',
    ],
    [
      'adds on one line as its neighbours stand',
      '{"a": 1, "b": 2}',
      ['c'],
      [1, { x: 2 }],
      '{"a": 1, "b": 2, "c": [1, {"x": 2}]}',
    ],
    [
      'adds without spaces where there are none',
      '{"a":1,"b":2}',
      ['c'],
      [1, { x: 2 }],
      '{"a":1,"b":2,"c":[1,{"x":2}]}',
    ],
    ['adds with padded braces', '{ "a": 1 }', ['c'], { x: 2 }, '{ "a": 1, "c": { "x": 2 } }'],
    [
      'adds on a line of its own',
      '{\n    "a": 1\n  }',
      ['c'],
      { x: [true] },
      '{\n    "a": 1,\n    "c": {\n      "x": [\n        true\n      ]\n    }\n  }',
    ],
    [
      'adds with tabs and CRLF',
      '{\r\n\t\t"a": 1\r\n\t}',
      ['c'],
      { x: 1 },
      '{\r\n\t\t"a": 1,\r\n\t\t"c": {\r\n\t\t\t"x": 1\r\n\t\t}\r\n\t}',
    ],
    [
      'writes lists on one line where the entry does',
      '{\n  "a": ["x"]\n}',
      ['c'],
      ['y', 'z'],
      '{\n  "a": ["x"],\n  "c": ["y", "z"]\n}',
    ],
    [
      'adds into a one-line object of an entry on many lines',
      '{\n  "p": {"a": 1}\n}',
      ['p', 'b'],
      { c: 1 },
      '{\n  "p": {"a": 1, "b": {"c": 1}}\n}',
    ],
    ['fills an empty object', '{\n  "p": {}\n}', ['p', 'b'], 1, '{\n  "p": {\n    "b": 1\n  }\n}'],
    [
      'creates objects on the way, also for null',
      '{\n  "r": null\n}',
      ['r', 'm'],
      'x',
      '{\n  "r": {\n    "m": "x"\n  }\n}',
    ],
    ['escapes what JSON needs escaped', '{"a":1}', ['a'], '"\\\n\ud800}', '{"a":"\\"\\\\\\n\\ud800}"}'],
    [
      'changes one element of a list',
      '{"s":[{"id":1.0,"t":"a"}, {"id":2.0,"t":"b"}]}',
      ['s'],
      [
        { id: 1, t: 'a' },
        { id: 2, t: 'c' },
      ],
      '{"s":[{"id":1.0,"t":"a"}, {"id":2.0,"t":"c"}]}',
    ],
  ])('%s', (_, text, path, value, expected) => {
    expect(set(text, path, value)).toBe(expected);
  });

  test.each([
    ['the only field', '{ "a": 1 }', 'a', '{}'],
    ['the first field', '{\n  "a": 1,\n  "b": 2\n}', 'a', '{\n  "b": 2\n}'],
    ['the last field', '{\n  "a": 1,\n  "b": 2\n}', 'b', '{\n  "a": 1\n}'],
    ['a field between others', '{"a":1, "b":2, "c":3}', 'b', '{"a":1, "c":3}'],
    ['repeated fields', '{"b":0, "b":1, "a":2, "b":3, "b":4, "c":5, "b":6}', 'b', '{"a":2, "c":5}'],
    ['nothing', '{"a":1}', 'z', '{"a":1}'],
  ])('removes %s', (_, text, name, expected) => {
    expect(unset(text, [name])).toBe(expected);
  });

  test('removes nothing inside what is not there', () => {
    expect(unset('{"a":1}', ['p', 'x'])).toBe('{"a":1}');
  });
});
