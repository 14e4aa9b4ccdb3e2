/**
 * The one error type that crosses room borders. Everything a caller did wrong, or that the world did to us,
 * is a `DevopsError`; any other exception is a bug of ours and is reported as such (exit code 70).
 */

/** What kind of trouble it is; decides the exit code of the command line. */
export type ErrorClass = 'call' | 'state' | 'policy' | 'outside' | 'bug';

/** Every code a tool can answer with, and its class. Codes are contract: never rename one. */
export const errorClasses = {
  INVALID_ARGUMENTS: 'call',
  CONFIG_MISSING: 'call',
  CONFIG_INVALID: 'call',
  UNKNOWN_TOOL: 'call',
  UNKNOWN_ENVIRONMENT: 'call',
  UNKNOWN_COMMIT: 'call',
  UNKNOWN_TASK: 'call',
  UNKNOWN_DEPLOYMENT: 'call',
  UNKNOWN_REQUEST: 'call',
  UNKNOWN_RESOURCE: 'call',
  NO_REPOSITORY: 'call',
  NO_CHANGE: 'call',
  NOT_RESTORABLE: 'call',
  NOT_SCALABLE: 'call',
  TASKS_MISSING: 'call',
  TASKS_INVALID: 'call',
  TASK_DUPLICATE: 'call',
  DEPENDENCY_UNKNOWN: 'call',
  DEPENDENCY_CYCLE: 'call',
  INVALID_CURSOR: 'call',
  TASK_CHANGED: 'state',
  TASKS_BUSY: 'state',
  DOCUMENT_CHANGED: 'state',
  ENVIRONMENT_BUSY: 'state',
  NOT_CANCELLABLE: 'state',
  REQUEST_CLOSED: 'state',
  GATE_FAILED: 'policy',
  GATE_INCONCLUSIVE: 'policy',
  APPROVAL_REJECTED: 'policy',
  APPROVAL_VOID: 'policy',
  APPROVAL_EXPIRED: 'policy',
  SIGNATURE_REFUSED: 'policy',
  FROZEN: 'policy',
  WRONG_ORDER: 'policy',
  READ_ONLY: 'policy',
  CHECK_FAILED: 'outside',
  BUILD_FAILED: 'outside',
  TARGET_FAILED: 'outside',
  TIMEOUT: 'outside',
  GIT_FAILED: 'outside',
  FILE_FAILED: 'outside',
  STATE_FAILED: 'outside',
  INTERNAL: 'bug',
} as const satisfies Record<string, ErrorClass>;

export type ErrorCode = keyof typeof errorClasses;

const exitCodes: Record<ErrorClass, number> = { call: 2, state: 3, policy: 4, outside: 5, bug: 70 };

export interface ErrorDetails {
  /** What the caller can do next that truly suffices. */
  remedy: string;
  cause?: unknown;
}

export class DevopsError extends Error {
  override readonly name = 'DevopsError';
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.remedy = details.remedy;
  }

  /** True where the very same call may succeed later without anyone changing anything. */
  get retryable(): boolean {
    return errorClasses[this.code] === 'state';
  }

  /** Exit code of the command line for this error, as the contract lists them. */
  get exitCode(): number {
    return exitCodes[errorClasses[this.code]];
  }
}

/** Turns whatever was thrown into a `DevopsError`; what is not one already is a bug of ours. */
export function asDevopsError(thrown: unknown): DevopsError {
  if (thrown instanceof DevopsError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new DevopsError('INTERNAL', message, {
    remedy:
      'This is a bug in devops-engineer. Nothing was changed by this call; please report it with its text.',
    cause: thrown,
  });
}
