import type { Requirement } from '../../config/schema.ts';
import type { Finding, FindingCounts, Severity } from '../../evidence/types.ts';
import { configuredExceptions, type Excuse, type Sifted, siftFindings } from '../exceptions.ts';
import type { Judgement } from '../types.ts';
import { vexStatements } from '../vex/statement.ts';
import type { EvidenceCheck, JudgementContext } from './evidence-check.ts';

type SeverityDemand = Extract<Requirement, { maxSeverity: string }>;

const ranks: Record<string, number> = { none: 0, low: 1, moderate: 2, medium: 2, high: 3, critical: 4 };
/** A severity nobody knows is taken for the worst. */
const rankOf = (severity: Severity): number => ranks[severity] ?? 4;
const worstFirst: readonly Severity[] = ['critical', 'unknown', 'high', 'medium', 'low'];

/**
 * `scan: { maxSeverity: moderate }`: no finding may be worse than that, but those that are excused. Only findings
 * that the evidence lists can be excused; whatever is beyond its list counts.
 */
export const severity: EvidenceCheck<SeverityDemand> = {
  kind: 'findings',
  matches: (demand): demand is SeverityDemand =>
    'maxSeverity' in demand && typeof demand.maxSeverity === 'string',
  describe({ maxSeverity, exceptions = [], vex = [] }) {
    const limit = maxSeverity === 'none' ? 'no finding' : `no finding above ${maxSeverity}`;
    return [
      limit,
      ...(exceptions.length > 0
        ? [`${exceptions.length} exception${exceptions.length === 1 ? '' : 's'}`]
        : []),
      ...(vex.length > 0 ? [`statements of ${vex.join(', ')}`] : []),
    ].join('; ');
  },
  judge(demand, { findings, findingList = [], suppressed = 0 }, context) {
    if (!findings) {
      return {
        verdict: 'inconclusive',
        observed: 'no findings counted',
        reason: 'The report does not say what was found.',
        remedy: 'Declare the report format of the scanner in the check.',
      };
    }
    const allowed = ranks[demand.maxSeverity] ?? 0;
    const tooBad = worstFirst.filter((level) => findings[level] > 0 && rankOf(level) > allowed);
    const listed = findingList.filter(({ severity: level }) => tooBad.includes(level));
    const sifted = siftFindings(listed, sourcesOf(demand, context));
    const remaining = tooBad.reduce((sum, level) => sum + findings[level], 0) - sifted.excused.length;
    const observed = [
      describeCounts(findings),
      ...describeExcused(sifted),
      ...(suppressed > 0 ? [`${suppressed} suppressed in the report`] : []),
    ].join('; ');
    return remaining === 0
      ? passed(observed, sifted)
      : failed(observed, remaining, sifted, context.vex?.problems ?? []);
  },
};

function sourcesOf({ exceptions = [] }: SeverityDemand, { now, vex }: JudgementContext) {
  return [
    configuredExceptions(exceptions, now),
    ...(vex ? [vexStatements(vex.statements, { ...vex, now })] : []),
  ];
}

function passed(observed: string, { excuses }: Sifted): Judgement {
  if (excuses.length === 0) {
    return { verdict: 'pass', observed, reason: 'Nothing worse than allowed was found.' };
  }
  return {
    verdict: 'pass',
    observed,
    reason: `Nothing worse than allowed was found, but what is excused: ${listOf(excuses.map(inFull))}`,
    validUntil: new Date(Math.min(...excuses.map(({ until }) => until.getTime()))).toISOString(),
  };
}

function failed(
  observed: string,
  remaining: number,
  { left, excuses, refusals }: Sifted,
  problems: readonly string[],
): Judgement {
  return {
    verdict: 'fail',
    observed,
    reason: [
      `Found: ${describeFindings(left, remaining)}`,
      ...(refusals.length > 0 ? [`Not excused: ${listOf(refusals)}`] : []),
      ...problems,
      ...(excuses.length > 0 ? [`Excused: ${listOf(excuses.map(inFull))}`] : []),
    ].join('. '),
    remedy: 'Fix or upgrade what was found in a new commit and evaluate the gate for that commit.',
    culprits: left.map(({ rule, severity: level, package: name, place, fix }) => ({
      kind: 'finding',
      rule,
      severity: level,
      ...(name !== undefined && { package: name }),
      ...(place !== undefined && { place }),
      ...(fix !== undefined && { fix }),
    })),
  };
}

function describeCounts(findings: FindingCounts): string {
  const parts = worstFirst
    .filter((level) => findings[level] > 0)
    .map((level) => `${findings[level]} ${level}`);
  return parts.length > 0 ? parts.join(', ') : 'no findings';
}

function describeExcused({ excused, excuses }: Sifted): string[] {
  if (excused.length === 0) return [];
  const until = excuses.map(({ label, until: end }) => `${label} until ${dayOf(end)}`);
  return [`${excused.length} of them excused: ${listOf(until)}`];
}

function inFull({ label, until, why, source }: Excuse): string {
  return `${label} until ${dayOf(until)} (${source}: ${why})`;
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

const shown = 10;

function listOf(texts: readonly string[]): string {
  const more = texts.length - shown;
  return texts.slice(0, shown).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const findingsShown = 5;

function describeFindings(findings: readonly Finding[], count: number): string {
  const described = findings.slice(0, findingsShown).map((finding) => {
    const where = finding.package ?? finding.place;
    return `${finding.severity} ${finding.rule}${where ? ` in ${where}` : ''}${finding.fix ? ` (${finding.fix})` : ''}`;
  });
  const more = count - described.length;
  if (described.length === 0) return `${count} that the evidence does not list`;
  return described.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
