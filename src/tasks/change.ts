import { DevopsError } from '../errors.ts';
import { type FieldPath, isIdPath, locateField, readTask } from './dialects.ts';
import { isObject, type JsonObject, jsonEqual, valueAt } from './json-values.ts';
import { spellStatus } from './spelling.ts';
import { type FieldEdit, spliceField } from './splice.ts';
import { timestampLike } from './timestamps.ts';
import type { Task, TaskChange } from './types.ts';
import { fold } from './words.ts';

/** An entry that is to be changed, as it is written. */
export interface OwnEntry {
  task: Task;
  text: string;
  /** Whether it has an id of its own, by which it is known again. */
  hasId: boolean;
}

/** How the file around an entry spells things. */
export interface Surroundings {
  /** Entries before and after it. */
  neighbours: readonly JsonObject[];
  /** Words for a status that the file uses. */
  statuses: readonly string[];
  /** Whether its list is one of several, under a tag, as task-master has them. */
  isTagged: boolean;
}

/** What a change makes of an entry. Without `text` there is nothing to write. */
export interface Changed {
  text?: string;
  task: Task;
  changedFields: string[];
}

/**
 * Changes the text of one entry. Where anything really changes and the entry says when it was last updated, that
 * becomes `now` (ISO 8601 UTC), in the form it has.
 * @throws TASK_CHANGED, INVALID_ARGUMENTS
 */
export function changeEntry(
  own: OwnEntry,
  around: Surroundings,
  change: TaskChange,
  { now }: { now: string },
): Changed {
  const { task } = own;
  const fields = task.entry;
  assertExpected(task, change);
  const edits = requestedEdits(fields, around, change).filter((edit) => isEffective(fields, edit));
  if (edits.length === 0) return { task, changedFields: [] };
  assertWritable(own, edits);
  const updated = locateField(fields, 'updated');
  if (updated && !edits.some(({ path }) => path.join('.') === updated.join('.'))) {
    edits.push({ path: updated, value: timestampLike(valueAt(fields, updated), now) });
  }
  const text = edits.reduce(spliceField, own.text);
  const changed = readTask(task.id, JSON.parse(text));
  if (!jsonEqual(idsOf(changed.entry), idsOf(fields)))
    throw new Error(`${task.id} would have changed its id`);
  return { text, task: changed, changedFields: edits.map(({ path }) => path.join('.')) };
}

function idsOf({ id, task_id, taskId }: JsonObject): JsonObject {
  return { id, task_id, taskId };
}

function assertExpected(task: Task, { expectStatus }: TaskChange): void {
  if (expectStatus === undefined || fold(task.status ?? '') === fold(expectStatus)) return;
  throw new DevopsError(
    'TASK_CHANGED',
    `task ${task.id} is ${task.status === undefined ? 'without a status' : `"${task.status}"`}, not "${expectStatus}"; nothing was written`,
    { remedy: `Read the task again and decide anew; someone else may be working on it.` },
  );
}

function requestedEdits(fields: JsonObject, around: Surroundings, change: TaskChange): FieldEdit[] {
  const edits: FieldEdit[] = Object.entries(change.set ?? {}).map(([name, value]) => ({
    path: pathOf(fields, name),
    value: writable(name, value),
  }));
  for (const name of change.unset ?? []) edits.push({ path: pathOf(fields, name) });
  if (change.status !== undefined) edits.push(statusEdit(fields, around, change.status));
  if (change.note !== undefined && change.note !== '') edits.push(noteEdit(fields, around, change.note));
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

function statusEdit(fields: JsonObject, around: Surroundings, status: string): FieldEdit {
  const places = [fields, ...around.neighbours].map((entry) => locateField(entry, 'status'));
  // task-master's files, the tagged ones, know no underscore, even before any word with a hyphen is in use.
  const known = around.isTagged ? [...around.statuses, 'in-progress'] : around.statuses;
  return {
    path: places.find((path) => path !== undefined) ?? ['status'],
    value: spellStatus(status, known),
  };
}

/** Notes are kept in `result.message` where the dialect has a result, else in `notes`. */
function noteEdit(fields: JsonObject, { neighbours }: Surroundings, note: string): FieldEdit {
  const hasResult = [fields, ...neighbours].some((entry) => isObject(entry.result));
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

function isEffective(fields: JsonObject, { path, value }: FieldEdit): boolean {
  const current = valueAt(fields, path);
  return value === undefined ? current !== undefined : !jsonEqual(current, value);
}

function assertWritable({ task, hasId }: OwnEntry, edits: readonly FieldEdit[]): void {
  if (!hasId) {
    throw refused(
      `entry ${task.id} has no id, so it cannot be told apart safely`,
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
