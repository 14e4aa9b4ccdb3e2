import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactBytes, exactText } from '../../src/platform/exact-text.ts';

const pieces = fc.oneof(
  fc.uint8Array({ maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => new TextEncoder().encode(text)),
  // Too long, of surrogates, behind the last character, cut off.
  fc
    .constantFrom('c080', 'e08080', 'eda080edb080', 'f4908080', 'f09f98', 'efbfbd', 'efbbbf')
    .map((hex) => Buffer.from(hex, 'hex')),
);

test('any bytes come back as they were, and UTF-8 is what it says', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      const bytes = Buffer.concat(parts);
      const text = exactText(bytes);
      expect(exactBytes(text)).toEqual(bytes);
      if (text.isWellFormed()) expect(text).toBe(bytes.toString('utf8'));
    }),
  );
});
