import { DevopsError } from '../errors.ts';
import { type Board, type BoardEntry, entryById, readBoard, replaceBytes, textOf } from './board.ts';
import { type FieldPath, isIdPath, locateField } from './dialects.ts';
import { isObject, type JsonObject, jsonEqual, valueAt } from './json-values.ts';
import { spellStatus } from './spelling.ts';
import { type FieldEdit, spliceField } from './splice.ts';
import { timestampLike } from './timestamps.ts';
import type { Task, TaskChange } from './types.ts';
import { fold } from './words.ts';

/** What a change makes of a board. Without `bytes` there is nothing to write. */
export interface Changed {
  bytes?: Uint8Array;
  task: Task;
  changedFields: string[];
}

/**
 * Changes one entry. Where anything really changes and the entry says when it was last updated, that becomes `now`
 * (ISO 8601 UTC), in the form it has.
 * @throws UNKNOWN_TASK, TASK_DUPLICATE, TASK_CHANGED, INVALID_ARGUMENTS
 */
export function changeTask(
  board: Board,
  id: string,
  change: TaskChange,
  { file, now }: { file: string; now: string },
): Changed {
  const entry = entryById(board, id);
  assertExpected(entry.task, change);
  const { entry: fields } = entry.task;
  const edits = requestedEdits(board, entry, change).filter((edit) => isEffective(fields, edit));
  if (edits.length === 0) return { task: entry.task, changedFields: [] };
  assertWritable(entry, edits);
  const updated = locateField(fields, 'updated');
  if (updated && !edits.some(({ path }) => path.join('.') === updated.join('.'))) {
    edits.push({ path: updated, value: timestampLike(valueAt(fields, updated), now) });
  }
  const text = edits.reduce(spliceField, textOf(board, entry));
  const bytes = replaceBytes(board.bytes, entry.span, text);
  const after = readBoard(bytes, file).entries.find(({ position }) => position === entry.position);
  if (!after || after.ownId !== entry.ownId) throw new Error(`changing ${id} would have changed its id`);
  return { bytes, task: after.task, changedFields: edits.map(({ path }) => path.join('.')) };
}

function assertExpected(task: Task, { expectStatus }: TaskChange): void {
  if (expectStatus === undefined || fold(task.status ?? '') === fold(expectStatus)) return;
  throw new DevopsError(
    'TASK_CHANGED',
    `task ${task.id} is ${task.status === undefined ? 'without a status' : `"${task.status}"`}, not "${expectStatus}"; nothing was written`,
    { remedy: `Read the task again and decide anew; someone else may be working on it.` },
  );
}

function requestedEdits(board: Board, entry: BoardEntry, change: TaskChange): FieldEdit[] {
  const { entry: fields } = entry.task;
  const edits: FieldEdit[] = Object.entries(change.set ?? {}).map(([name, value]) => ({
    path: pathOf(fields, name),
    value: writable(name, value),
  }));
  for (const name of change.unset ?? []) edits.push({ path: pathOf(fields, name) });
  if (change.status !== undefined) edits.push(statusEdit(board, entry, change.status));
  if (change.note !== undefined && change.note !== '') edits.push(noteEdit(board, entry, change.note));
  const names = edits.map(({ path }) => path.join('.'));
  const clash = names.find((name, index) =>
    names.some((other, at) => at !== index && (other === name || other.startsWith(`${name}.`))),
  );
  if (clash !== undefined) {
    throw refused(`"${clash}" is changed twice by the same call`, 'Name each field once.');
  }
  return edits;
}

/** `payload.title` reaches into objects, unless the entry has a key that is spelled with the dot. */
function pathOf(fields: JsonObject, name: string): FieldPath {
  if (Object.hasOwn(fields, name)) return [name];
  const path = name.split('.');
  if (path.includes('')) throw refused(`"${name}" is not a field name`, 'Write it like "payload.title".');
  for (let depth = 1; depth < path.length; depth += 1) {
    const outer = valueAt(fields, path.slice(0, depth));
    if (outer !== undefined && outer !== null && !isObject(outer)) {
      const outerName = path.slice(0, depth).join('.');
      throw refused(
        `"${name}" does not exist: "${outerName}" is not an object`,
        `Set "${outerName}" as a whole.`,
      );
    }
  }
  return path;
}

function writable(name: string, value: unknown): unknown {
  if (JSON.stringify(value) !== undefined) return value;
  throw refused(`"${name}" has no value that JSON can hold`, 'Use "unset" to remove a field.');
}

function statusEdit(board: Board, entry: BoardEntry, status: string): FieldEdit {
  const places = [entry, ...neighboursOf(board, entry)].map(({ task }) => locateField(task.entry, 'status'));
  const known = board.entries.flatMap(({ task }) => task.status ?? []);
  // task-master's files, the tagged ones, know no underscore, even before any word with a hyphen is in use.
  const spelling = entry.array.tag === undefined ? known : [...known, 'in-progress'];
  return {
    path: places.find((path) => path !== undefined) ?? ['status'],
    value: spellStatus(status, spelling),
  };
}

/** Notes are kept in `result.message` where the dialect has a result, else in `notes`. */
function noteEdit(board: Board, entry: BoardEntry, note: string): FieldEdit {
  const { entry: fields } = entry.task;
  const hasResult = [entry, ...neighboursOf(board, entry)].some(({ task }) => isObject(task.entry.result));
  const isUsable = fields.result === undefined || fields.result === null || isObject(fields.result);
  const path = hasResult && isUsable ? ['result', 'message'] : ['notes'];
  const before = valueAt(fields, path) ?? '';
  if (typeof before !== 'string') {
    const name = path.join('.');
    throw refused(
      `"${name}" of this task is not text, so nothing can be appended`,
      `Set "${name}" as a whole.`,
    );
  }
  return { path, value: before === '' ? note : `${before}\n${note}` };
}

function neighboursOf(board: Board, { array, position }: BoardEntry): BoardEntry[] {
  return board.entries.filter((other) => other.array === array && other.position !== position);
}

function isEffective(fields: JsonObject, { path, value }: FieldEdit): boolean {
  const current = valueAt(fields, path);
  return value === undefined ? current !== undefined : !jsonEqual(current, value);
}

function assertWritable(entry: BoardEntry, edits: readonly FieldEdit[]): void {
  if (entry.ownId === undefined) {
    throw refused(
      `entry ${entry.position} has no id, so it cannot be told apart safely`,
      'Give it an id in the file.',
    );
  }
  if (edits.some(({ path }) => isIdPath(path))) {
    throw refused(`the id of a task cannot be changed`, 'Leave the id out of "set" and "unset".');
  }
}

function refused(message: string, remedy: string): DevopsError {
  return new DevopsError('INVALID_ARGUMENTS', `${message}; nothing was written`, { remedy });
}
