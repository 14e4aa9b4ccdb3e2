import * as z from 'zod';

/** How people write values in `devops.yaml`, and the numbers the house works with. Pure. */

const durationUnitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Reads a duration such as `500ms`, `30s`, `5m`, `24h`, `7d` (also `1h30m`).
 * @returns milliseconds, or undefined when the text is not a duration
 */
export function parseDurationMs(text: string): number | undefined {
  const compact = text.replaceAll(' ', '');
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(compact)) return undefined;
  let total = 0;
  for (const [, amount, unit] of compact.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * durationUnitsMs[unit as keyof typeof durationUnitsMs];
  }
  return total;
}

/** Writes milliseconds the way `parseDurationMs` reads them: `1h30m`, `500ms`. */
export function formatDuration(ms: number): string {
  let rest = ms;
  const parts = Object.entries(durationUnitsMs)
    .reverse()
    .map(([unit, unitMs]) => {
      const amount = unit === 'ms' ? rest : Math.floor(rest / unitMs);
      rest -= amount * unitMs;
      return amount > 0 ? `${amount}${unit}` : '';
    });
  return parts.join('') || '0s';
}

const dayMs = 24 * 60 * 60_000;
/** Timers of the platform count at most 2^31 milliseconds; a longer one would fire at once. */
const longestTimerMs = 24 * dayMs;
const longestValidityMs = 366 * dayMs;

/** A duration in the file, milliseconds in the house. */
function durationBetween(leastMs: number, mostMs: number) {
  const spelling = { error: 'must be a duration such as 500ms, 30s, 5m, 24h or 7d' };
  return z
    .string(spelling)
    .refine((text) => parseDurationMs(text) !== undefined, spelling)
    .transform((text) => parseDurationMs(text) as number)
    .refine((ms) => ms >= leastMs, { error: 'must be longer than nothing' })
    .refine((ms) => ms <= mostMs, { error: `must be at most ${mostMs / dayMs}d` })
    .meta({ title: 'duration', examples: ['30s', '5m'] });
}

/** How long something is waited for or watched; may be `0s`. */
export const duration = durationBetween(0, longestTimerMs);
/** After which something is ended, or repeated. */
export const timeLimit = durationBetween(1, longestTimerMs);
/** How long something counts. */
export const validity = durationBetween(1, longestValidityMs);
/** How long something is kept. */
export const keepingTime = durationBetween(1, 10 * longestValidityMs);

/** A day of the calendar; it ends at midnight UTC. */
export const day = z
  .string({ error: 'must be a day such as 2026-12-31' })
  .refine(isDay, { error: 'must be a day such as 2026-12-31' })
  .meta({ title: 'day', examples: ['2026-12-31'] });

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const start = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(start.getTime()) && start.toISOString().startsWith(text); // there is no 31st of April
}

/** What people choose themselves and others refer to: a check, a probe, a runbook. */
export const plainName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, {
  error: 'must begin with a letter and have only letters, digits, - and _',
});

/** Where a value stands in a JSON document. */
export const jsonPath = z.string().regex(/^\$(\.[A-Za-z_$][\w$-]*|\[\d+\])+$/, {
  error: 'must be a path such as $.version or $.build[0].id',
});

/** A server that speaks the HTTP API of Prometheus. */
export const prometheusUrl = z.string().regex(/^https?:\/\/[^\s?#]+$/, {
  error: 'must be a URL such as http://prometheus.example.com:9090',
});

/** A regular expression; whoever wants the whole text to match says so. */
export const pattern = z
  .string()
  .min(1)
  .refine(isPattern, { error: 'must be a regular expression of JavaScript' });

function isPattern(text: string): boolean {
  try {
    new RegExp(`^(?:${text})$`, 'u');
    return true;
  } catch {
    return false;
  }
}

/** A file inside the checkout: what lies outside of it does not belong to the commit. */
export const checkoutPath = z
  .string()
  .min(1)
  .refine((path) => !/^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)/.test(path), {
    error: 'must be a path inside the checkout, relative to it',
  });

export type Comparison = '<=' | '<' | '>=' | '>' | '==';

/** `<= 250 ms`, `>= 95%`, `100%`: a bound with its unit. `relative` for `<= +10%` against a baseline. */
export interface Threshold {
  comparison: Comparison;
  value: number;
  unit?: string;
  relative: boolean;
}

const thresholdPattern = /^(<=|<|>=|>|==)?\s*([+-])?\s*(\d+(?:\.\d+)?)\s*([a-zA-Z%/]+)?$/;

/**
 * Reads a threshold as people write it. A bare value means "at least" (`100%` is `>= 100%`).
 * @returns undefined when the text is not a threshold
 */
export function parseThreshold(text: string): Threshold | undefined {
  const match = thresholdPattern.exec(text.trim());
  if (!match) return undefined;
  const [, comparison = '>=', sign, digits, unit] = match;
  return {
    comparison: comparison as Comparison,
    value: Number(digits) * (sign === '-' ? -1 : 1),
    relative: sign !== undefined,
    ...(unit === undefined ? {} : { unit }),
  };
}

/** Writes a threshold the way `parseThreshold` reads it, for people. */
export function formatThreshold({ comparison, value, unit, relative }: Threshold): string {
  const sign = relative && value >= 0 ? '+' : '';
  const gap = unit === undefined || unit === '%' ? '' : ' ';
  return `${comparison} ${sign}${value}${gap}${unit ?? ''}`;
}

/** How a threshold is written where it stands in the file; `text` as written there. */
function thresholdWhere(holds: (threshold: Threshold, text: string) => boolean, error: string) {
  const spelling = {
    error: 'must be a threshold such as 100%, ">= 95%", "<= 250 ms" or "<= +10%"',
  };
  const read = (text: string | number) => parseThreshold(String(text));
  return z
    .union([z.string(), z.number()], spelling)
    .refine((text) => read(text) !== undefined, spelling)
    .refine(
      (text) => {
        const threshold = read(text);
        return threshold === undefined || holds(threshold, String(text).trim());
      },
      { error },
    )
    .transform((text) => read(text) as Threshold)
    .meta({ title: 'threshold' });
}

/** The share of tests that must pass. `0.95` or `<= 95%` would let nearly everything through. */
export const passRate = thresholdWhere(
  ({ comparison, unit, value, relative }) =>
    unit === '%' && comparison.match(/^[>=]/) !== null && value > 0 && value <= 100 && !relative,
  'must be a share of at least something up to 100%, such as 100% or ">= 95%"',
).meta({ title: 'pass rate', examples: ['100%', '>= 95%'] });

/** A bound on a measurement. Without a comparison `250 ms` would mean "at least", which nobody means. */
export const limit = thresholdWhere(
  (_, text) => /^[<>=]/.test(text),
  'must begin with a comparison, such as "<= 250 ms" or ">= 100 req/s"',
).meta({ title: 'limit', examples: ['<= 250 ms', '<= +10%'] });

/** A share that must not be exceeded: `<= 1%`. */
export const mostShare = thresholdWhere(
  ({ comparison, unit, relative }) => comparison.startsWith('<') && unit === '%' && !relative,
  'must be the share that is still good, such as "<= 1%"',
).meta({ title: 'limit', examples: ['<= 1%'] });

/** A time that must not be exceeded: `<= 300 ms`. */
export const mostTime = thresholdWhere(
  ({ comparison, unit, relative }) =>
    comparison.startsWith('<') && (unit === 'ms' || unit === 's') && !relative,
  'must be the time that is still good, in ms or s, such as "<= 300 ms"',
).meta({ title: 'limit', examples: ['<= 300 ms'] });

/** How much more than of something else is still good: `<= +10%`. */
export const mostGrowth = thresholdWhere(
  ({ comparison, unit, relative, value }) =>
    comparison.startsWith('<') && unit === '%' && relative && value >= 0,
  'must be how much more is still good, such as "<= +10%"',
).meta({ title: 'growth', examples: ['<= +10%'] });

/** A part of the traffic, in percent: `10%`. All of it is no part. */
export const trafficShare = z
  .string({ error: 'must be a share of the traffic such as 10%' })
  .regex(/^[1-9]\d?%$/, { error: 'must be a share of the traffic from 1% to 99%' })
  .transform((text) => Number.parseInt(text, 10))
  .meta({ title: 'share of the traffic', examples: ['10%', '50%'] });
