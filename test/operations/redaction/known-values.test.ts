import fc from 'fast-check';
import { expect, test } from 'vitest';
import { merged } from '../../../src/operations/redaction/find.ts';
import type { Span } from '../../../src/operations/redaction/keep.ts';
import { KnownValues } from '../../../src/operations/redaction/known-values.ts';

const values = fc.array(
  fc.string({ unit: fc.constantFrom('a', 'b', '\u00e9'), minLength: 3, maxLength: 9 }),
  {
    maxLength: 6,
  },
);

test('finds what a search for each value finds', () => {
  fc.assert(
    fc.property(
      values,
      fc.string({ unit: fc.constantFrom('a', 'b', '\u00e9', 'c'), maxLength: 60 }),
      (some, text) => {
        const longestFirst = some.sort((a, b) => b.length - a.length);
        const expected: Span[] = longestFirst.flatMap((value) =>
          Array.from(text, (_, at) => at)
            .filter((at) => text.startsWith(value, at))
            .map((at): Span => [at, at + value.length]),
        );
        const found: Span[] = [];
        new KnownValues(longestFirst).find(text, found);
        expect(found).toEqual(merged(expected));
      },
    ),
  );
});
