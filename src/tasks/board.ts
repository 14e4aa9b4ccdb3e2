import { DevopsError } from '../errors.ts';
import { locateField, readId, readTask } from './dialects.ts';
import { JsonSyntaxError } from './json-syntax.ts';
import { isObject, type JsonObject, valueAt } from './json-values.ts';
import { placeOf } from './place.ts';
import { type Span, scan, type TaskArray } from './scan.ts';
import { sourceAt } from './splice.ts';
import type { Task } from './types.ts';

/** A task file, read once: its bytes, where its entries stand, and what they say. */
export interface Board {
  bytes: Uint8Array;
  arrays: TaskArray[];
  /** In the order of the file. Elements that are no objects are left out; on disk they stay as they are. */
  entries: BoardEntry[];
}

export interface BoardEntry {
  task: Task;
  /** As the file spells it; undefined where the entry has none. */
  ownId?: string | undefined;
  /** How many entries before this one have the same `task.id`. */
  repetition: number;
  /** Place among all elements of the file, from 1. */
  position: number;
  array: TaskArray;
  span: Span;
}

/**
 * Reads a task file of any dialect.
 *
 * `Task.id` is the entry's own id. In a file with several lists (tags), an id that stands in more than one of them
 * is given as `tag/id`. An entry without an id is shown as `#7`, its place in the file, and cannot be changed.
 * @throws TASKS_INVALID with line, column, byte offset and an excerpt
 */
export function readBoard(bytes: Uint8Array, file: string): Board {
  const arrays = scanFile(bytes, file);
  const elements = arrays.flatMap((array) => array.elements.map((span) => ({ array, span })));
  const parsed = elements.flatMap(({ array, span }, index) => {
    const text = decode(bytes, span, file);
    const entry: unknown = JSON.parse(text);
    return isObject(entry) ? [{ entry, ownId: exactId(entry, text), position: index + 1, array, span }] : [];
  });
  const tagsOfId = new Map<string, Set<string | undefined>>();
  for (const { ownId, array } of parsed) {
    if (ownId === undefined) continue;
    const tags = tagsOfId.get(ownId) ?? new Set();
    tagsOfId.set(ownId, tags.add(array.tag));
  }
  const seen = new Map<string, number>();
  const entries = parsed.map(({ entry, ownId, ...rest }): BoardEntry => {
    const isAmbiguous = ownId !== undefined && (tagsOfId.get(ownId)?.size ?? 0) > 1;
    const id = isAmbiguous ? `${rest.array.tag}/${ownId}` : (ownId ?? `#${rest.position}`);
    const repetition = seen.get(id) ?? 0;
    seen.set(id, repetition + 1);
    return { ...rest, ownId, repetition, task: readTask(id, entry) };
  });
  return { bytes, arrays, entries };
}

/**
 * The one entry with this id; in a tagged file `tag/id` is understood too, ambiguous or not.
 * @throws UNKNOWN_TASK, TASK_DUPLICATE
 */
export function entryById(board: Board, id: string): BoardEntry {
  const [entry, ...others] = board.entries.filter((candidate) => isNamed(candidate, id));
  if (!entry) {
    throw new DevopsError(
      'UNKNOWN_TASK',
      `there is no task "${id}" among the ${board.entries.length} tasks`,
      {
        remedy: 'List the tasks with filterTasks and use an id from there.',
      },
    );
  }
  if (others.length === 0) return entry;
  const all = [entry, ...others];
  const places = all.map(({ position, span }) => `entry ${position} (line ${lineOf(board, span)})`);
  const qualified = new Set(all.map(({ array, ownId }) => `${array.tag}/${ownId}`));
  throw new DevopsError('TASK_DUPLICATE', `"${id}" names ${all.length} tasks: ${places.join(', ')}`, {
    remedy:
      qualified.size === all.length
        ? `Use one of: ${[...qualified].join(', ')}.`
        : 'Give each of these entries an id of its own in the file.',
  });
}

/** Whether an entry goes by this id, as shown, as the file spells it, or with its tag. */
export function isNamed({ task, ownId, array }: BoardEntry, id: string): boolean {
  if (task.id === id || ownId === id) return true;
  return ownId !== undefined && array.tag !== undefined && `${array.tag}/${ownId}` === id;
}

/** The entry as it is written in the file. */
export function textOf({ bytes }: Board, { span }: Pick<BoardEntry, 'span'>): string {
  return decoder.decode(bytes.subarray(span.start, span.end));
}

/** The bytes of a file with one stretch of it replaced. */
export function replaceBytes(bytes: Uint8Array, { start, end }: Span, content: string): Uint8Array {
  const inserted = new TextEncoder().encode(content);
  const result = new Uint8Array(bytes.length - (end - start) + inserted.length);
  result.set(bytes.subarray(0, start));
  result.set(inserted, start);
  result.set(bytes.subarray(end), start + inserted.length);
  return result;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function lineOf({ bytes }: Board, { start }: Span): number {
  return placeOf(bytes, start).line;
}

/** `JSON.parse` rounds big integers, and two ids must not become one: those are taken as the file spells them. */
function exactId(entry: JsonObject, text: string): string | undefined {
  const path = locateField(entry, 'id');
  if (path === undefined) return undefined;
  const id = valueAt(entry, path);
  return typeof id === 'number' && !Number.isSafeInteger(id) ? sourceAt(text, path) : readId(entry);
}

function scanFile(bytes: Uint8Array, file: string): TaskArray[] {
  let arrays: TaskArray[];
  try {
    arrays = scan(bytes);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw invalidAt(bytes, file, error.offset, error.message, error);
    throw error;
  }
  if (arrays.length > 0) return arrays;
  throw new DevopsError('TASKS_INVALID', `${file} is valid JSON, but holds no list of tasks`, {
    remedy:
      'It must be an array of tasks, {"tasks": […]}, or {"<tag>": {"tasks": […]}}. Mend it, or set "tasks" in devops.yaml to another file.',
  });
}

function decode(bytes: Uint8Array, { start, end }: Span, file: string): string {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch (error) {
    throw invalidAt(bytes, file, start, 'this entry holds bytes that are not UTF-8', error);
  }
}

function invalidAt(
  bytes: Uint8Array,
  file: string,
  offset: number,
  reason: string,
  cause: unknown,
): DevopsError {
  const { line, column, excerpt } = placeOf(bytes, offset);
  const where = `${file}:${line}:${column} (byte ${offset})`;
  const near = excerpt === '' ? '' : `, near: ${excerpt}`;
  return new DevopsError('TASKS_INVALID', `${where}: ${reason}${near}`, {
    remedy: `Mend the file at line ${line}, column ${column}; nothing was written.`,
    cause,
  });
}
