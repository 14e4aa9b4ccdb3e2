import { appendEntry } from './append.ts';
import { type Board, readBoard } from './board.ts';
import { readField } from './dialects.ts';
import { jsonEqual } from './json-values.ts';
import { composeEntry } from './new-entry.ts';
import { nextId } from './new-id.ts';
import { plainTemplate, taggedTemplate, templateAmong } from './template.ts';
import type { NewTask, Task } from './types.ts';
import { isFinished } from './words.ts';

/** What a new task makes of a board. Without `bytes` there is nothing to write: the task was there. */
export interface Created {
  bytes?: Uint8Array;
  task: Task;
  created: boolean;
}

/** The tag that task-master works on unless it is told otherwise. */
const mainTag = 'master';

/**
 * Adds a task at the end of the list, unless one with the same cause is not finished yet. In a tagged file the
 * list is that of `master`, or else the first.
 * @param making.now ISO 8601 UTC
 * @param making.freshUuid taken as the id where the file's ids are uuids
 */
export function addTask(
  board: Board,
  task: NewTask,
  { file, now, freshUuid }: { file: string; now: string; freshUuid: string },
): Created {
  const open = task.cause && openTaskOf(board, task.cause);
  if (open) return { task: open, created: false };
  const array = board.arrays.find(({ tag }) => tag === mainTag) ?? board.arrays[0];
  if (!array) throw new Error('a board has at least one list');
  const isTagged = array.tag !== undefined;
  const neighbours = board.entries.filter((entry) => entry.array === array);
  const model = templateAmong(neighbours) ?? templateAmong(board.entries);
  const template = model?.task.entry ?? (isTagged ? taggedTemplate : plainTemplate);
  const ids = neighbours.flatMap(({ ownId, task }) =>
    ownId === undefined ? [] : [{ text: ownId, isNumber: typeof readField(task.entry, 'id') === 'number' }],
  );
  const id = ids.length === 0 && isTagged ? 1n : nextId(ids, freshUuid);
  const fields = composeEntry(task, { id, now, template, all: board.entries });
  const bytes = appendEntry(board, array, fields, model);
  const after = readBoard(bytes, file);
  const entry = after.entries.find(
    ({ array: own, span }) => own.tag === array.tag && span === own.elements.at(-1),
  );
  if (!entry || after.entries.length !== board.entries.length + 1)
    throw new Error('the new task is not readable');
  return { bytes, task: entry.task, created: true };
}

function openTaskOf(board: Board, cause: Record<string, string>): Task | undefined {
  return board.entries.find(
    ({ task }) => jsonEqual(readField(task.entry, 'cause'), cause) && !isFinished(task.status),
  )?.task;
}
