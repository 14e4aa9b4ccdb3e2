import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignments, quoted } from '../../../src/platform/ssh/quoting.ts';

/** Anything a variable can hold: every character but NUL, those that mean something to a shell more often. */
const value = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        "'",
        '"',
        '\\',
        '$(id)',
        '`id`',
        '${HOME}',
        '\n',
        '\r',
        '!',
        ';',
        '*',
        ' ',
        "'\\''",
        '-n',
        '#',
      ),
    ),
  )
  .map((parts) => parts.join('').replaceAll('\0', ''));

/** Runs shell text that arrives on standard input, as programs do on a host. */
const run = (text: string) => execFileSync('/bin/sh', { input: text, encoding: 'utf8' });

test('a quoted value reaches a program of the shell as it is, whatever it is', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 20 }), (values) => {
      const text = values.map((one) => `printf '%s\\0' ${quoted(one)}\n`).join('');
      expect(run(text).split('\0').slice(0, -1)).toEqual(values);
    }),
    { numRuns: 200 },
  );
});

test('assigned values reach the environment of what the shell starts, also when they are quoted twice', () => {
  const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{2,10}$/).map((one) => `V_${one}`);
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 8 }), (values) => {
      const exports = assignments(values, { exported: true });
      const text = `${assignments({ exports })}eval "$exports"\nexec env -0\n`;
      const seen = Object.fromEntries(
        run(text)
          .split('\0')
          .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
      );
      expect(seen).toMatchObject(values);
    }),
    { numRuns: 100 },
  );
});

test('what no variable can hold or be called is refused', () => {
  expect(() => quoted('a\0b')).toThrow(/NUL/);
  for (const name of ['', 'a b', '1a', 'a=b', 'a;id'])
    expect(() => assignments({ [name]: '' })).toThrow(/no name/);
});
