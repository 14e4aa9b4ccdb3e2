import type { Requirement } from '../../config/schema.ts';
import type { Finding, FindingCounts, Severity } from '../../evidence/types.ts';
import type { EvidenceCheck } from './evidence-check.ts';

type SeverityDemand = Extract<Requirement, { maxSeverity: string }>;

const ranks: Record<string, number> = { none: 0, low: 1, moderate: 2, medium: 2, high: 3, critical: 4 };
/** A severity nobody knows is taken for the worst. */
const rankOf = (severity: Severity): number => ranks[severity] ?? 4;
const worstFirst: readonly Severity[] = ['critical', 'unknown', 'high', 'medium', 'low'];

/** `scan: { maxSeverity: moderate }`: no finding may be worse than that. */
export const severity: EvidenceCheck<SeverityDemand> = {
  kind: 'findings',
  matches: (demand): demand is SeverityDemand =>
    'maxSeverity' in demand && typeof demand.maxSeverity === 'string',
  describe: ({ maxSeverity }) => (maxSeverity === 'none' ? 'no finding' : `no finding above ${maxSeverity}`),
  judge({ maxSeverity }, { findings, findingList = [] }) {
    if (!findings) {
      return {
        verdict: 'inconclusive',
        observed: 'no findings counted',
        reason: 'The report does not say what was found.',
        remedy: 'Declare the report format of the scanner in the check.',
      };
    }
    const allowed = ranks[maxSeverity] ?? 0;
    const tooBad = worstFirst.filter((level) => findings[level] > 0 && rankOf(level) > allowed);
    const observed = describeCounts(findings);
    if (tooBad.length === 0)
      return { verdict: 'pass', observed, reason: 'Nothing worse than allowed was found.' };
    return {
      verdict: 'fail',
      observed,
      reason: `Found: ${describeFindings(findingList.filter(({ severity: level }) => tooBad.includes(level)))}`,
      remedy: 'Fix or upgrade what was found in a new commit and evaluate the gate for that commit.',
    };
  },
};

function describeCounts(findings: FindingCounts): string {
  const parts = worstFirst
    .filter((level) => findings[level] > 0)
    .map((level) => `${findings[level]} ${level}`);
  return parts.length > 0 ? parts.join(', ') : 'no findings';
}

const findingsShown = 5;

function describeFindings(findings: Finding[]): string {
  const shown = findings.slice(0, findingsShown).map((finding) => {
    const where = finding.package ?? finding.place;
    return `${finding.severity} ${finding.rule}${where ? ` in ${where}` : ''}${finding.fix ? ` (${finding.fix})` : ''}`;
  });
  const more = findings.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
