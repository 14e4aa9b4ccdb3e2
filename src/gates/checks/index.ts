import type { Requirement } from '../../config/schema.ts';
import type { EvidenceKind } from '../../evidence/types.ts';
import { coverageLimits } from './coverage-limits.ts';
import type { EvidenceCheck } from './evidence-check.ts';
import { metricLimits } from './metric-limits.ts';
import { passRate } from './pass-rate.ts';
import { severity } from './severity.ts';

/** The kinds of requirement that are judged on a check's report. */
const evidenceChecks = [passRate, severity, metricLimits, coverageLimits] as readonly EvidenceCheck[];

/** The kind that a demand, as written in the gate, belongs to; limits are on what the report contains. */
export function evidenceCheckFor(demand: Requirement, reported?: EvidenceKind): EvidenceCheck {
  const matching = evidenceChecks.filter((check) => check.matches(demand));
  const found = matching.find(({ kind }) => kind === reported) ?? matching[0];
  if (!found) throw new Error('the configuration let a requirement through that no check understands');
  return found;
}
