import type { Requirement } from '../../config/schema.ts';
import type { EvidenceCheck } from './evidence-check.ts';
import { metricLimits } from './metric-limits.ts';
import { passRate } from './pass-rate.ts';
import { severity } from './severity.ts';

/** The kinds of requirement that are judged on a check's report. The last one takes what no other does. */
const evidenceChecks = [passRate, severity, metricLimits] as readonly EvidenceCheck[];

/** The kind that a demand, as written in the gate, belongs to. */
export function evidenceCheckFor(demand: Requirement): EvidenceCheck {
  const found = evidenceChecks.find((check) => check.matches(demand));
  if (!found) throw new Error('the configuration let a requirement through that no check understands');
  return found;
}
