/** The words of a gate. Pure types. */

export type Verdict = 'pass' | 'fail' | 'inconclusive';

/** One thing that is wrong, by which the task that mends it is known again. Untrusted words of a report. */
export type Culprit =
  | { kind: 'test'; name: string; file?: string; message?: string }
  | { kind: 'finding'; rule: string; severity: string; package?: string; place?: string; fix?: string }
  | { kind: 'metric'; name: string; message: string };

/** What one requirement came to. */
export interface Judgement {
  verdict: Verdict;
  /** What is really there, in a few words: `41 of 42 passed (97.6%)`. */
  observed: string;
  /** Why this verdict; names failing tests, metrics or findings first. May quote untrusted text. */
  reason: string;
  /** What truly suffices to turn it; absent for a pass. */
  remedy?: string;
  /** Until when it holds at most (ISO 8601), for one that rests on exceptions. */
  validUntil?: string;
  /** What is wrong, one by one, where a report tells: for the tasks that mend it, not for answers. */
  culprits?: readonly Culprit[];
}

/** A person's signed decision that a requirement does not count for this commit. */
export interface Override {
  by: string;
  role: string;
  reason: string;
  /** ISO 8601 UTC. */
  until: string;
}

export interface RequirementResult extends Judgement {
  name: string;
  required: string;
  evidenceId?: string;
  /** Makes a pass of what was none; `observed` and `reason` still say what is really there. */
  override?: Override;
}

export interface GateResult {
  gateId: string;
  environment: string;
  commit: string;
  artifact?: string;
  verdict: Verdict | 'running';
  requirements: RequirementResult[];
  /** Checks that are being run right now, for a verdict `running`. */
  running?: string;
  expiresAt?: string;
  policyDigest: string;
  /** Tasks that the gate created or found open for what keeps it from passing. */
  fixTasks?: string[];
  /** The task of whoever weighs the risk of what failed. */
  escalation?: string | undefined;
  /** What should have followed from the verdict and could not be done, with the reason. */
  notices?: string[];
}

/** A gate passes only when each requirement does; one that is not proven is never a pass. */
export function overallVerdict(results: readonly Pick<Judgement, 'verdict'>[]): Verdict {
  if (results.some(({ verdict }) => verdict === 'fail')) return 'fail';
  if (results.some(({ verdict }) => verdict !== 'pass')) return 'inconclusive';
  return 'pass';
}
