import { type Insertion, insertionOf, listEndOf } from './append.ts';
import { assertDependencies } from './dependencies.ts';
import { readField, readTask } from './dialects.ts';
import { type JsonObject, jsonEqual } from './json-values.ts';
import { composeEntry } from './new-entry.ts';
import { type IdsOfStem, nextId } from './new-id.ts';
import { hasCause, hasId, idIsNumber } from './scan/columns.ts';
import type { ListPlace } from './scan/read-lists.ts';
import { ownIdOf } from './selection.ts';
import type { Snapshot } from './snapshot.ts';
import { type TaskIndex, wordsIn } from './task-index.ts';
import { plainTemplate, stubTemplate, taggedTemplate, templateAmong } from './template.ts';
import type { NewTask, Task } from './types.ts';
import { isFinished } from './words.ts';

/** What a new task makes of a file. Without an insertion there is nothing to write: the task was there. */
export interface Created {
  /** As the file spells it. */
  id?: string | bigint;
  task: Task;
  created: boolean;
  insertion?: Insertion & { at: number; list: ListPlace };
}

/** What a layout with a file for each task does differently. */
export interface Making {
  /** ISO 8601 UTC */
  now: string;
  /** Taken as the id where the file's ids are uuids. */
  freshUuid: string;
  /** Finds the unfinished task of a cause; by default among the entries themselves. */
  findOpen?: (snapshot: Snapshot, cause: Record<string, string>) => Promise<Task | undefined>;
  /** The entry is only a stub: it tells what other stubs tell, and the rest stands elsewhere. */
  isStub?: boolean;
}

/** The tag that task-master works on unless it is told otherwise. */
const mainTag = 'master';
/** So many of the last entries are looked at for the shape of a new one. */
const templateReach = 50;

/**
 * Adds a task at the end of the list, unless one with the same cause is not finished yet. In a tagged file the
 * list is that of `master`, or else the first.
 * @throws TASKS_INVALID, DEPENDENCY_UNKNOWN, DEPENDENCY_CYCLE
 */
export async function planTask(
  snapshot: Snapshot,
  task: NewTask,
  { now, freshUuid, findOpen = openTaskOf, isStub = false }: Making,
): Promise<Created> {
  const index = await snapshot.index();
  const open = task.cause && (await findOpen(snapshot, task.cause));
  if (open) return { task: open, created: false };
  const list = index.lists.find(({ tag }) => tag === mainTag) ?? index.lists[0];
  if (!list) throw new Error('a task file has at least one list');
  const isTagged = list.tag !== undefined;
  const [from, to] = index.rowsOf(list);
  const own = await entriesOf(snapshot, index, [Math.max(from, to - templateReach), to]);
  const others =
    own.length > 0 ? [] : await entriesOf(snapshot, index, [index.count - templateReach, index.count]);
  const model = templateAmong(own) ?? templateAmong(others);
  const id = nextIdIn(index, list, freshUuid);
  const { dependencies: added = [] } = task;
  await assertDependencies(snapshot, { own: String(id), tag: list.tag, added });
  const fields = composeEntry(task, {
    id,
    now,
    template: model?.entry ?? (isStub ? stubTemplate : isTagged ? taggedTemplate : plainTemplate),
    wordsFor: (role) => wordsIn(index, role),
    hasNumberId: (name) => hasNumberId(index, name),
    isStub,
  });
  const lastStart = to > from ? index.start[to - 1] : undefined;
  const end = await listEndOf((start, until) => snapshot.bytesAt({ start, end: until }), list, lastStart);
  const insertion = insertionOf(end, fields, { model: model?.text, isLines: snapshot.isLines });
  const entry: JsonObject = JSON.parse(insertion.entry);
  return {
    task: readTask(await snapshot.nameOf({ ownId: String(id), tag: list.tag, position: 0 }), entry),
    created: true,
    id,
    insertion: { ...insertion, at: end.at, list },
  };
}

async function openTaskOf(snapshot: Snapshot, cause: Record<string, string>): Promise<Task | undefined> {
  const index = await snapshot.index();
  for (let row = 0; row < index.count; row += 1) {
    if (((index.flags[row] ?? 0) & hasCause) === 0) continue;
    if (isFinished(index.words.textOf(index.status[row] ?? 0))) continue;
    const entry = await snapshot.entryAt(index.spanOf(row));
    if (!jsonEqual(readField(entry, 'cause'), cause)) continue;
    const ownId = ownIdOf(index, row, index.words);
    const place = { ownId, tag: index.listOf(row)?.tag, position: index.position[row] ?? 0 };
    return readTask(await snapshot.nameOf(place), entry);
  }
  return undefined;
}

async function entriesOf(snapshot: Snapshot, index: TaskIndex, [from, to]: [number, number]) {
  const entries: { entry: JsonObject; text: string }[] = [];
  for (let row = Math.max(0, from); row < to; row += 1) {
    const text = await snapshot.textAt(index.spanOf(row));
    entries.push({ entry: JSON.parse(text), text });
  }
  return entries;
}

function nextIdIn(index: TaskIndex, list: ListPlace, freshUuid: string): string | bigint {
  const stems = new Map<number, IdsOfStem & { lastRow: number }>();
  const [from, to] = index.rowsOf(list);
  for (let row = from; row < to; row += 1) {
    const flags = index.flags[row] ?? 0;
    if ((flags & hasId) === 0) continue;
    const code = index.idStem[row] ?? 0;
    const digits = index.idDigits[row] ?? 0;
    const number = index.idNumber[row] ?? 0;
    let ids = stems.get(code);
    if (!ids) {
      const stem = index.words.textOf(code);
      ids = { stem, count: 0, largestNumber: -1, digits, paddedDigits: 0, lastIsNumber: false, lastRow: row };
      stems.set(code, ids);
    }
    ids.count += 1;
    ids.lastRow = row;
    ids.lastIsNumber = (flags & idIsNumber) !== 0;
    if (number > ids.largestNumber) {
      ids.largestNumber = number;
      ids.digits = digits;
    }
    // Ten to the power of one digit less: a number below that begins with a zero.
    if (digits > 0 && number < 10 ** (digits - 1)) ids.paddedDigits = Math.max(ids.paddedDigits, digits);
    else if (digits === 1 && number === 0) ids.paddedDigits = Math.max(ids.paddedDigits, 1);
  }
  if (stems.size === 0 && list.tag !== undefined) return 1n;
  const ordered = [...stems.values()].sort((left, right) => left.lastRow - right.lastRow);
  return nextId(ordered, freshUuid);
}

function hasNumberId(index: TaskIndex, id: string): boolean {
  const row = index.rowsNamed(id)[0];
  return row !== undefined && ((index.flags[row] ?? 0) & idIsNumber) !== 0;
}
