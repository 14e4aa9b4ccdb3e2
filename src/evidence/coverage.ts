import type { Coverage, Evidence } from './types.ts';
import { cleanLine } from './untrusted.ts';

/** How much of something there is, and how much of it was run. */
export interface Covered {
  total: number;
  covered: number;
}

/** A share in percent; undefined for more than all, and of nothing, which is neither 0% nor 100%. */
export function percentOf({ total, covered }: Covered): number | undefined {
  return total > 0 && covered <= total ? (covered * 100) / total : undefined;
}

/**
 * The evidence that percentages make; those that are undefined are left out. A report without a line that could
 * have been covered measured nothing; nor does one prove anything that has `problems` of its own, gravest first.
 */
export function coverageEvidence(
  format: string,
  percentages: { [Part in keyof Coverage]: number | undefined },
  problems: readonly string[] = [],
): Evidence {
  const coverage: Coverage = Object.fromEntries(
    Object.entries(percentages).filter(([, percent]) => percent !== undefined),
  );
  const all = [
    ...problems,
    ...(coverage.lines === undefined && problems.length === 0
      ? ['nothing was measured: no line that could be covered was found']
      : []),
  ].map(cleanLine);
  return {
    format,
    kind: 'coverage',
    conclusive: all.length === 0,
    problems: [...new Set(all)].slice(0, maxProblems),
    ...(Object.keys(coverage).length > 0 && { coverage }),
  };
}

const maxProblems = 20;
