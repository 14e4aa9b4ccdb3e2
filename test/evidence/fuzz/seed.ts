import type { Requirement } from '../../../src/config/schema.ts';
import type { Threshold } from '../../../src/config/values.ts';
import type { Facts } from './facts.ts';

/** A valid report, and the gate that it does not pass (red) or passes. */
export interface Seed {
  file: string;
  format: string;
  isRed: boolean;
  report: Buffer;
  demand: Requirement;
  exitCode?: number;
  /** Of a red one: what still says in a mutated report that the gate may not be passed. */
  facts: Facts;
  /** Of reports of tests: passes that a mutated report may be read to hold, at most. */
  passes?: Facts;
  /** A format without an end: what is cut between two of its parts reads whole. */
  hasNoEnd: boolean;
}

/** What is known of the reports of one format. */
export type Kind = Partial<Pick<Seed, 'passes' | 'hasNoEnd' | 'exitCode'>> & {
  demand?: Requirement;
  facts: Facts;
  /** Takes out what excuses a red fact in the red report, or may come to. */
  plain?: (text: string) => string;
};

export const atMost = (value: number, unit?: string): Threshold => limit('<=', value, unit);
export const atLeast = (value: number, unit?: string): Threshold => limit('>=', value, unit);

function limit(comparison: Threshold['comparison'], value: number, unit?: string): Threshold {
  return { comparison, value, relative: false, ...(unit !== undefined && { unit }) };
}

export const everyTest = atLeast(100, '%');
export const nothingFound: Requirement = { maxSeverity: 'none' };
