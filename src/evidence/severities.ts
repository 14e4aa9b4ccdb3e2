import type { Severity } from './types.ts';

/** Severities as scanners write them. */

const words: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  high: 'high',
  important: 'high',
  medium: 'medium',
  moderate: 'medium',
  low: 'low',
  negligible: 'low',
  info: 'low',
  informational: 'low',
  none: 'low',
};

/** The severity that a word names, in whatever case; `unknown` for words of no scanner and for none at all. */
export function severityNamed(word: string | null | undefined): Severity {
  const key = word?.trim().toLowerCase() ?? '';
  return (Object.hasOwn(words, key) && words[key]) || 'unknown';
}

/**
 * The rating of a CVSS score (CVSS v3.1, 5; v4.0, 6), undefined where there is none. A score of 0 is no rating:
 * scanners write it where they know of no score.
 */
export function severityOfScore(score: number | string | null | undefined): Severity | undefined {
  const value = typeof score === 'string' ? Number.parseFloat(score) : (score ?? 0);
  if (value >= 9) return 'critical';
  if (value >= 7) return 'high';
  if (value >= 4) return 'medium';
  return value > 0 ? 'low' : undefined;
}

const ranks: Readonly<Record<Severity, number>> = { unknown: 0, low: 1, medium: 2, high: 3, critical: 4 };

/** The worst of several opinions on one vulnerability; `unknown` only where nobody has one. */
export function worstOf(severities: readonly (Severity | undefined)[]): Severity {
  return severities.reduce<Severity>(
    (worst, one) => (one !== undefined && ranks[one] > ranks[worst] ? one : worst),
    'unknown',
  );
}
