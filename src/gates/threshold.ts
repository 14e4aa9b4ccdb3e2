import type { Threshold } from '../config/values.ts';

/** Comparing measurements with thresholds. Pure. */

const factors: Record<string, { base: string; factor: number }> = {
  ms: { base: 'ms', factor: 1 },
  s: { base: 'ms', factor: 1_000 },
  us: { base: 'ms', factor: 0.001 },
  µs: { base: 'ms', factor: 0.001 },
  '%': { base: '%', factor: 1 },
  ratio: { base: '%', factor: 100 },
  'req/s': { base: 'req/s', factor: 1 },
  rps: { base: 'req/s', factor: 1 },
};

/** Whether `value`, given in the threshold's own unit, satisfies it. NaN satisfies nothing. */
export function meets(value: number, { comparison, value: limit }: Threshold): boolean {
  switch (comparison) {
    case '<=':
      return value <= limit;
    case '<':
      return value < limit;
    case '>=':
      return value >= limit;
    case '>':
      return value > limit;
    case '==':
      return value === limit;
  }
}

/**
 * Converts a measurement to the unit a threshold is written in (`s` to `ms`, `ratio` to `%`).
 * @returns undefined when the two units do not measure the same thing
 */
export function convert(
  value: number,
  unit: string | undefined,
  wanted: string | undefined,
): number | undefined {
  if (unit === wanted || unit === undefined || wanted === undefined) return value;
  const from = factors[unit];
  const to = factors[wanted];
  if (!from || !to || from.base !== to.base) return undefined;
  return (value * from.factor) / to.factor;
}
