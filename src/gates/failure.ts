import { asDevopsError } from '../errors.ts';
import { createFixTask } from '../operations/fix-tasks.ts';
import { notify } from '../operations/notifications.ts';
import type { Caller, Project } from '../project.ts';
import { standingNames } from './checks/standing.ts';
import type { GateResult } from './types.ts';

export interface FailureActions {
  fixTasks: string[];
  /** What could not be done; the verdict stands all the same. */
  notices?: string[];
}

/**
 * What a failed gate sets in motion: one fix task per failed check, the same one again while it is open, and a
 * notification the first time. Missing reviews and the order of environments are told to the caller: no code
 * mends them.
 */
export async function actOnFailure(
  project: Project,
  gate: GateResult,
  { caller, isNew }: { caller: Caller; isNew: boolean },
): Promise<FailureActions> {
  const failed = gate.requirements.filter(({ verdict }) => verdict === 'fail');
  const fixTasks: string[] = [];
  const notices: string[] = [];
  for (const { name, required, observed, reason } of failed) {
    if (standingNames.includes(name)) continue;
    try {
      const { task } = await createFixTask(project, caller, {
        title: `FIX: ${name} fails the ${gate.environment} gate`,
        description: `Commit ${gate.commit.slice(0, 12)}: ${required}, observed ${observed}. ${reason}`,
        cause: { gate: gate.environment, check: name },
        priority: 'high',
      });
      fixTasks.push(task.id);
    } catch (error) {
      const { code, message } = asDevopsError(error);
      notices.push(`no fix task for ${name}: ${code}: ${message}`);
    }
  }
  if (isNew) {
    await notify(project, 'gateFailed', {
      environment: gate.environment,
      subject: gate.gateId,
      text: `The ${gate.environment} gate failed for ${gate.commit.slice(0, 12)}: ${failed
        .map(({ name, observed }) => `${name} (${observed})`)
        .join(', ')}`,
    });
  }
  return { fixTasks, ...(notices.length > 0 && { notices }) };
}
