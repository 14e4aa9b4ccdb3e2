import { type Evidence, type Finding, type FindingCounts, maxFindings, type Severity } from './types.ts';
import { cleanLine } from './untrusted.ts';

const worstFirst = ['critical', 'high', 'medium', 'low', 'unknown'] as const satisfies Severity[];

/** Counts all findings and keeps the worst. */
export class FindingTally {
  readonly counts: FindingCounts = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };
  readonly #kept: Record<Severity, Finding[]> = { critical: [], high: [], medium: [], low: [], unknown: [] };

  /** Adds one finding in the report's own untrusted words. */
  add(finding: Finding): void {
    const { severity } = finding;
    this.counts[severity]++;
    if (this.#kept[severity].length === maxFindings) return;
    const words = Object.entries(finding).map(([field, text]) => [field, cleanLine(text)]);
    this.#kept[severity].push(Object.fromEntries(words));
  }

  /** The evidence of a scan that ran to its end. */
  evidence(format: string): Evidence {
    return {
      format,
      kind: 'findings',
      conclusive: true,
      problems: [],
      findings: this.counts,
      findingList: worstFirst.flatMap((severity) => this.#kept[severity]).slice(0, maxFindings),
    };
  }
}
