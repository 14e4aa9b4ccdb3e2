import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Quantiles } from '../../src/evidence/quantiles.ts';

function of(values: Iterable<number>): Quantiles {
  const quantiles = new Quantiles();
  for (const value of values) quantiles.add(value);
  return quantiles;
}

test('lie between two values in proportion', () => {
  expect([0, 0.5, 0.9, 1].map((share) => of([40, 10, 20, 12]).at(share))).toEqual([10, 16, 34, 40]);
  expect(of([7]).at(0.99)).toBe(7);
  expect(of([]).at(0.5)).toBeUndefined();
});

test('of many values are never too low, and hardly too high', () => {
  const value = fc.double({ min: 0.001, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 50 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (some, share) => {
        const copies = Math.ceil(10_001 / some.length);
        const many = Array.from({ length: copies }, () => some).flat();
        const sorted = [...many].sort((one, other) => one - other);
        const place = Math.round(share * (many.length - 1));
        const exact = sorted[place] ?? 0;
        const found = of(many).at(place / (many.length - 1)) ?? 0;
        expect(found).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
        expect(found).toBeLessThanOrEqual(exact * 1.0002);
      },
    ),
    { numRuns: 30 },
  );
});

test('nothing is lost at the ends', () => {
  const many = [...Array(20_000).fill(0), 1e12];
  expect(of(many).at(0)).toBe(0);
  expect(of(many).at(0.5)).toBe(0);
  expect(of(many).at(1)).toBe(1e12);
});
