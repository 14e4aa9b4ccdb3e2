import { record } from '../audit/trail.ts';
import { DevopsError, errorClasses } from '../errors.ts';
import type { Caller, Project } from '../project.ts';

/** A forged answer changes nothing, and is the first thing that somebody who reads the trail looks for. */

export interface Attempt {
  caller: Caller;
  /** What it would have been: `approval.approve`. */
  action: string;
  subject: string;
}

/**
 * Does what a person asks, and records it where it is refused.
 * @throws what `answer` throws
 */
export async function recordingRefusal<T>(
  project: Project,
  { caller, action, subject }: Attempt,
  answer: () => Promise<T>,
): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof DevopsError && errorClasses[error.code] !== 'call') {
      const detail = { message: project.redact(error.message) };
      await project.state
        .change((writer) =>
          record(writer, { caller, action: `${action}.refused`, subject, decision: error.code, detail }),
        )
        .catch(() => undefined); // the first error is what the person must hear
    }
    throw error;
  }
}
