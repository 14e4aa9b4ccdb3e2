import type { Requirement } from '../config/schema.ts';
import type { Evidence } from '../evidence/types.ts';
import type { JudgementContext } from './checks/evidence-check.ts';
import { evidenceCheckFor } from './checks/index.ts';
import type { RequirementResult } from './types.ts';

/** One piece of stored evidence, with what it is bound to. */
export interface StoredEvidence {
  id: string;
  evidence: Evidence;
  finishedAt: string;
  expiresAt: string;
  /** Who signed the statement that it is out of; missing for what was proven here. */
  attestedBy?: { producer: string; principal: string };
}

/** Judges one check-backed requirement. Without conclusive, fitting evidence it is inconclusive, whatever else. Pure. */
export function judgeEvidence(
  name: string,
  demand: Requirement,
  stored: StoredEvidence | undefined,
  context: JudgementContext,
): RequirementResult {
  const check = evidenceCheckFor(demand, stored?.evidence.kind);
  const required = check.describe(demand);
  if (!stored) {
    return {
      name,
      required,
      verdict: 'inconclusive',
      observed: 'no evidence',
      reason: `Check "${name}" has not been run for this commit with this definition, or its evidence has expired.`,
      remedy: 'Call evaluateGate with run "missing".',
    };
  }
  const { id: evidenceId, evidence } = stored;
  if (!evidence.conclusive) {
    return {
      name,
      required,
      evidenceId,
      verdict: 'inconclusive',
      observed: `unusable ${evidence.format} report`,
      reason: evidence.problems.join('; ') || 'The report proves nothing.',
      remedy: `Mend what the reason names, then call evaluateGate with run "missing".`,
    };
  }
  if (evidence.kind !== check.kind) {
    return {
      name,
      required,
      evidenceId,
      verdict: 'inconclusive',
      observed: `${evidence.kind} from a ${evidence.format} report`,
      reason: `The requirement needs ${check.kind}, which this report does not contain.`,
      remedy: `Let check "${name}" produce ${check.kind}, or write a requirement for ${evidence.kind}.`,
    };
  }
  return { name, required, evidenceId, ...check.judge(demand, evidence, context) };
}
