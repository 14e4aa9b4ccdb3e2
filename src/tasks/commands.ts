import { record } from '../audit/trail.ts';
import { redactAll } from '../operations/redaction/index.ts';
import type { Caller, RecordedBoard } from '../project.ts';
import type { Task, TaskChange } from './types.ts';

/** Changes an entry of the task board and records who did it. @throws as `TaskBoard.update` */
export async function updateTask(
  board: RecordedBoard,
  caller: Caller,
  id: string,
  change: TaskChange,
): Promise<{ task: Task; changedFields: string[] }> {
  const result = await board.tasks.update(id, redactAll(change, board.redact) as TaskChange);
  if (result.changedFields.length > 0) {
    await board.state.change((writer) =>
      record(writer, {
        caller,
        action: 'task.update',
        subject: id,
        decision: 'done',
        detail: { changedFields: result.changedFields, status: result.task.status ?? null },
      }),
    );
  }
  return result;
}
