import { asDevopsError, type ErrorCode } from '../errors.ts';
import type { RequirementResult } from '../gates/types.ts';

/** Why a deployment did not end well, as stored and shown. */
export interface Failure {
  code:
    | ErrorCode
    | 'HEALTH_FAILED'
    | 'ANALYSIS_FAILED'
    | 'VALIDATION_FAILED'
    | 'CANCELLED'
    | 'ROLLBACK_FAILED'
    | 'RUNBOOK_FAILED'
    | 'INTERRUPTED';
  /** The journalled step in which it happened. */
  step: string;
  message: string;
  remedy?: string;
  /** For gates: the requirements that were not met. */
  requirements?: RequirementResult[];
}

/** Thrown inside the workflow to end it with a stated failure. */
export class DeploymentFailed extends Error {
  override readonly name = 'DeploymentFailed';
  readonly failure: Omit<Failure, 'step'>;

  constructor(failure: Omit<Failure, 'step'>) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Thrown where the workflow has to wait for a person: its process ends, and an answer starts a new one. */
export class Suspended extends Error {
  override readonly name = 'Suspended';
}

export function failureOf(thrown: unknown, step: string): Failure {
  if (thrown instanceof DeploymentFailed) return { ...thrown.failure, step };
  const { code, message, remedy } = asDevopsError(thrown);
  return { code, step, message, remedy };
}

/** Codes of deployments that policy turned away before anything was touched: they are no failures of a change. */
export const refusalCodes: readonly Failure['code'][] = [
  'GATE_FAILED',
  'GATE_INCONCLUSIVE',
  'FROZEN',
  'APPROVAL_REJECTED',
  'APPROVAL_EXPIRED',
  'APPROVAL_VOID',
];
