import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatThreshold, parseDurationMs, parseThreshold, type Threshold } from '../../src/config/values.ts';

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1h30m', 5_400_000],
    ['1.5 h', 5_400_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('%s', (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });

  test.each(['', '5', '5 minutes', '-5s', 's', '5s!', '1e3s', '٣s'])('"%s" is none', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });
});

describe('thresholds', () => {
  test.each<[string, Threshold]>([
    ['100%', { comparison: '>=', value: 100, unit: '%', relative: false }],
    ['<= 250 ms', { comparison: '<=', value: 250, unit: 'ms', relative: false }],
    ['<= +10%', { comparison: '<=', value: 10, unit: '%', relative: true }],
    ['>= -5%', { comparison: '>=', value: -5, unit: '%', relative: true }],
    ['> 100 req/s', { comparison: '>', value: 100, unit: 'req/s', relative: false }],
  ])('%s', (text, expected) => {
    expect(parseThreshold(text)).toEqual(expected);
  });

  test.each(['', 'fast', '<=', '<= x', '=< 5', '1,000 ms', 'NaN', '1e3'])('"%s" is none', (text) => {
    expect(parseThreshold(text)).toBeUndefined();
  });

  test('what is written is read back as it was', () => {
    const thresholds = fc.record({
      comparison: fc.constantFrom('<=', '<', '>=', '>', '=='),
      value: fc.integer({ min: -1000, max: 1000 }),
      unit: fc.constantFrom('%', 'ms', 'req/s'),
      relative: fc.boolean(),
    }) as fc.Arbitrary<Threshold>;
    fc.assert(
      fc.property(thresholds, (threshold) => {
        fc.pre(threshold.relative || threshold.value >= 0); // only what is relative has a sign
        expect(parseThreshold(formatThreshold(threshold))).toEqual(threshold);
      }),
    );
  });
});
