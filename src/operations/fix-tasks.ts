import { record } from '../audit/trail.ts';
import type { Caller, Project } from '../project.ts';
import type { NewTask, Task } from '../tasks/types.ts';
import { agents } from './agents.ts';

export interface FixTask {
  title: string;
  description: string;
  /** What broke; the same cause finds the same task while that is open. */
  cause: Record<string, string>;
  agent?: string;
  /** `urgent_fix` unless told otherwise. */
  type?: string;
  priority?: string;
}

/**
 * Creates a task for whoever mends what broke: Task-Coder unless told otherwise.
 * @throws TASKS_MISSING, TASKS_INVALID, TASKS_BUSY
 */
export async function createFixTask(
  project: Project,
  caller: Caller,
  fix: FixTask,
): Promise<{ task: Task; created: boolean }> {
  const { redact } = project;
  const task: NewTask = {
    title: redact(fix.title),
    description: redact(fix.description),
    type: fix.type ?? 'urgent_fix',
    agent: fix.agent ?? agents.coder,
    priority: fix.priority ?? 'high',
    cause: fix.cause,
  };
  const result = await project.tasks.create(task);
  if (result.created) {
    await project.state.change((writer) =>
      record(writer, {
        caller,
        action: 'task.create',
        subject: result.task.id,
        decision: 'done',
        detail: { cause: fix.cause, agent: task.agent, priority: task.priority },
      }),
    );
  }
  return result;
}
