import type { Mutation } from './mutations.ts';
import type { Random } from './random.ts';

/** What happens to any file: bytes that flip, that are lost, or that come twice, and other encodings. */

/** A stretch of the report, mostly a short one. */
function stretch(report: Buffer, random: Random): [from: number, to: number] {
  const from = random.below(report.length);
  const length = random.chance(0.5) ? 1 + random.below(40) : 1 + random.below(report.length);
  return [from, Math.min(report.length, from + length)];
}

function spliced(report: Buffer, [from, to]: [number, number], instead: string | Uint8Array): Buffer {
  return Buffer.concat([report.subarray(0, from), Buffer.from(instead), report.subarray(to)]);
}

/** Changes the text of a report, where it is text. */
function rewritten(change: (text: string, random: Random) => string): Mutation['apply'] {
  return (report, random) => Buffer.from(change(report.toString(), random));
}

const garbage = [
  '\0',
  '\0\0\0\0',
  '\uFEFF',
  '\u001B[31m',
  '\u202E',
  '\u2028',
  '<',
  '>',
  '&',
  '"',
  "'",
  '\\',
  '{',
  '}',
  '[',
  ']',
  '\n',
  '\r',
  '\t',
  ' ',
  '#',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '&b;',
  '# TODO',
  '# SKIP',
  '/*',
  '//',
  ',',
];

const numbers = [
  '0',
  '-0',
  '-1',
  '1',
  '2',
  '1e999',
  '-1e999',
  '1e308',
  'NaN',
  '-nan',
  'Infinity',
  '0.5',
  '1.0',
];
const numbersToo = [
  '9007199254740993',
  '99999999999999999999',
  '0x10',
  '1_000',
  '1,000',
  '٣',
  '',
  'null',
  '1e-400',
];

function swapped16(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

export const byteMutations: readonly Mutation[] = [
  {
    name: 'flip a bit',
    apply(report, random) {
      const flipped = Buffer.from(report);
      const at = random.below(flipped.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
      return flipped;
    },
  },
  {
    name: 'another byte',
    apply(report, random) {
      const changed = Buffer.from(report);
      changed[random.below(changed.length)] = random.below(256);
      return changed;
    },
  },
  { name: 'cut off', cuts: true, apply: (report, random) => report.subarray(0, random.below(report.length)) },
  {
    name: 'cut off near the end',
    cuts: true,
    apply: (report, random) => report.subarray(0, Math.max(0, report.length - 1 - random.below(60))),
  },
  {
    name: 'closing parts removed',
    cuts: true,
    apply(report, random) {
      const text = report.toString().trimEnd();
      const closing = /(?:<\/[\w:.-]+>|[\]}]|end_of_record|\.\.\.|1\.\.\d+)$/;
      let shorter = text;
      for (let parts = 1 + random.below(4); parts > 0; parts--)
        shorter = shorter.replace(closing, '').trimEnd();
      return shorter === text ? undefined : Buffer.from(shorter);
    },
  },
  { name: 'the beginning is lost', apply: (report, random) => report.subarray(random.below(report.length)) },
  { name: 'bytes are lost', apply: (report, random) => spliced(report, stretch(report, random), '') },
  {
    name: 'bytes come twice',
    apply(report, random) {
      const [from, to] = stretch(report, random);
      return spliced(report, [to, to], report.subarray(from, to));
    },
  },
  {
    name: 'bytes from elsewhere',
    apply(report, random) {
      const [from, to] = stretch(report, random);
      const at = random.below(report.length);
      return spliced(report, [at, at], report.subarray(from, to));
    },
  },
  {
    name: 'garbage',
    apply(report, random) {
      const at = random.below(report.length + 1);
      return spliced(report, [at, at], random.pick(garbage));
    },
  },
  {
    name: 'random bytes',
    apply(report, random) {
      const at = random.below(report.length + 1);
      const bytes = Uint8Array.from({ length: 1 + random.below(20) }, () => random.below(256));
      return spliced(report, [at, at], bytes);
    },
  },
  {
    name: 'another number',
    apply: rewritten((text, random) => {
      const found = [...text.matchAll(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)];
      if (found.length === 0) return text;
      const { 0: number, index } = random.pick(found);
      return (
        text.slice(0, index) + random.pick([...numbers, ...numbersToo]) + text.slice(index + number.length)
      );
    }),
  },
  {
    name: 'a gigantic word',
    apply: rewritten((text, random) => {
      const found = [...text.matchAll(/\w+/g)];
      if (found.length === 0) return text;
      const { 0: word, index } = random.pick(found);
      const times = random.pick([1_000, 20_000, 20_000, 200_000]) / word.length;
      return text.slice(0, index) + word.repeat(Math.ceil(times)) + text.slice(index + word.length);
    }),
  },
  {
    name: 'deep nesting',
    apply: rewritten((text, random) => {
      const [open, close] = random.pick([
        ['[', ']'],
        ['{"a":', '}'],
        ['<a>', '</a>'],
        ['<testsuite>', '</testsuite>'],
        ['    ', ''],
        ['(', ')'],
      ] as const);
      const depth = random.pick([20, 300, 20_000]);
      const at = random.below(text.length + 1);
      const closed = random.chance(0.7) ? close.repeat(depth) : '';
      return text.slice(0, at) + open.repeat(depth) + closed + text.slice(at);
    }),
  },
  { name: 'CRLF', apply: rewritten((text) => text.replaceAll('\n', '\r\n')) },
  { name: 'CR', apply: rewritten((text) => text.replaceAll('\n', '\r')) },
  { name: 'BOM', apply: rewritten((text) => `\uFEFF${text}`) },
  { name: 'UTF-16LE', apply: (report) => Buffer.from(report.toString(), 'utf16le') },
  { name: 'UTF-16LE with BOM', apply: (report) => Buffer.from(`\uFEFF${report}`, 'utf16le') },
  { name: 'UTF-16BE', apply: (report) => swapped16(report.toString()) },
  { name: 'UTF-16BE with BOM', apply: (report) => swapped16(`\uFEFF${report}`) },
  { name: 'Latin-1', apply: (report) => Buffer.from(report.toString(), 'latin1') },
  { name: 'twice in one file', apply: (report) => Buffer.concat([report, report]) },
];
