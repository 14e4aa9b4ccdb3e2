import fc from 'fast-check';
import { isObject } from '../../src/tasks/json-values.ts';
import type { ByteSource } from '../../src/tasks/scan/window.ts';

/** Random JSON texts as many hands would write them, and task files made of them. */

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A file in memory. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(into, position) {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
  };
}

/** Between tokens. */
export const whitespace = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: fc.constantFrom(' ', '\n', '\r\n', '\n    ', '\t') },
  fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 6 }),
);

const nastyStrings = [
  '{"id":"T-1","tasks":[1]}',
  '}],"',
  '\\',
  '\\"',
  '"',
  'ä€😀',
  '\u2028',
  '\ud800',
  '',
  'a\\u0022',
];

/** Any character. fast-check's own unit for this takes seconds to make a table of all of them. */
const character = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

const stringText = fc.oneof(
  fc
    .oneof(
      fc.string({ maxLength: 8 }),
      fc.string({ unit: character, maxLength: 4 }),
      fc.constantFrom(...nastyStrings),
    )
    .map((value) => JSON.stringify(value)),
  fc.constantFrom('"\\u00e9\\/"', '"\\ud83d\\ude00"', '"\\b\\f\\n\\r\\t"', '"\\\\\\""', '"\\u0074asks"'),
);

const scalarText = fc.oneof(
  stringText,
  fc.constantFrom(
    '0',
    '-0',
    '1.0',
    '1e3',
    '-2.5E-7',
    '12345678901234567890',
    '0.10',
    '1E+400',
    'true',
    'false',
    'null',
  ),
  fc.integer().map(String),
);

/** Few names, so that they repeat: of repeated keys the last one counts. */
const keyText = fc.oneof(
  fc.constantFrom('"a"', '"b"', '"tasks"', '"\\u0061"', '"payload"', '"__proto__"', '"a.b"', '"1"'),
  stringText,
);

const membersText = (value: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(whitespace, keyText, whitespace, whitespace, value, whitespace), { maxLength: 4 })
    .map((members) => members.map(([a, key, b, c, item, d]) => `${a}${key}${b}:${c}${item}${d}`).join(','));

export const elementsText = (element: fc.Arbitrary<string>, maxLength = 4) =>
  fc
    .array(fc.tuple(whitespace, element, whitespace), { maxLength })
    .map((elements) => elements.map((parts) => parts.join('')).join(','));

/** Any JSON value, as text. */
export const valueText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalarText,
    fc.oneof(elementsText(tie('value')), whitespace).map((inner) => `[${inner}]`),
    fc.oneof(membersText(tie('value')), whitespace).map((inner) => `{${inner}}`),
  ),
})).value;

export const arrayText = (element: fc.Arbitrary<string>) =>
  fc.oneof(elementsText(element), whitespace).map((inner) => `[${inner}]`);

const surrounded = (text: fc.Arbitrary<string>) =>
  fc.tuple(fc.constantFrom('', '', '\ufeff'), whitespace, text, whitespace).map((parts) => parts.join(''));

/** Members that may well hide the list, as a later `tasks` does. */
export const anyMembers = membersText(valueText);

/** Members that are not in the way. */
export const otherMembers = fc.tuple(whitespace, valueText).map(([gap, value]) => `${gap}"meta":${value}`);

/** The three containers, with other members around the lists. */
export const taskFileText = (
  list: fc.Arbitrary<string>,
  members: fc.Arbitrary<string>,
): fc.Arbitrary<string> => {
  const wrapped = (value: fc.Arbitrary<string>, key: string) =>
    fc.tuple(members, whitespace, whitespace, value, members).map(([before, a, b, inner, after]) => {
      const own = `${a}"${key}"${b}:${inner}`;
      return `{${[before, own, after].filter((text) => text.trim() !== '').join(',')}}`;
    });
  const tag = wrapped(list, 'tasks');
  return surrounded(
    fc.oneof(
      list,
      tag,
      wrapped(tag, 'master'),
      fc.tuple(tag, tag).map(([one, other]) => `{"one":${one},"other": ${other}}`),
    ),
  );
};

export interface OracleEntry {
  tag: string | undefined;
  /** Place in its list, from 1. */
  position: number;
  entry: unknown;
}

/** The elements of all lists of a file, as `JSON.parse` sees them. */
export function entriesIn(text: string): OracleEntry[] {
  const file: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
  const lists: [tag: string | undefined, list: unknown[]][] = [];
  if (Array.isArray(file)) lists.push([undefined, file]);
  else if (isObject(file) && Array.isArray(file.tasks)) lists.push([undefined, file.tasks]);
  else {
    for (const [tag, value] of Object.entries(isObject(file) ? file : {})) {
      if (isObject(value) && Array.isArray(value.tasks)) lists.push([tag, value.tasks]);
    }
  }
  return lists.flatMap(([tag, list]) => list.map((entry, index) => ({ tag, position: index + 1, entry })));
}
