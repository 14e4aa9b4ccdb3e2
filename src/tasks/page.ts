import type { Board, BoardEntry } from './board.ts';
import { type Cursor, decodeCursor, encodeCursor, invalidCursor } from './cursor.ts';
import { readField, urgencyOf } from './dialects.ts';
import { testOf } from './filter.ts';
import type { TaskFilter, TaskPage } from './types.ts';

/** Where an entry stands in an order. Independent of the entries around it, but for the order of the file. */
type Standing = Pick<Cursor, 'key' | 'id' | 'repetition'>;

const naturalOrder = new Intl.Collator('en', { numeric: true });

/**
 * One page of what a filter lets through, most urgent first unless it says otherwise; `created` is oldest first.
 * A cursor continues after the entry it was made for, wherever that is by now and whether it still matches.
 * @throws INVALID_CURSOR
 */
export function pageOf(board: Board, filter: TaskFilter): TaskPage {
  const { sort = 'priority', limit = Number.POSITIVE_INFINITY } = filter;
  const rows = board.entries
    .filter(testOf(filter))
    .map((entry) => ({ task: entry.task, standing: standingOf(entry, sort) }))
    .sort((left, right) => compare(left.standing, right.standing));
  const after = filter.cursor === undefined ? undefined : lastSeen(board, decodeCursor(filter.cursor), sort);
  const rest = after ? rows.filter(({ standing }) => compare(standing, after) > 0) : rows;
  const shown = rest.slice(0, limit);
  const page: TaskPage = { tasks: shown.map(({ task }) => task), total: rows.length };
  const last = shown.at(-1);
  if (last && shown.length < rest.length) page.nextCursor = encodeCursor({ sort, ...last.standing });
  return page;
}

/** In the order of the file the place may have moved since, so the entry itself is looked up again. */
function lastSeen(board: Board, cursor: Cursor, sort: Cursor['sort']): Standing {
  if (cursor.sort !== sort) {
    throw invalidCursor(`this cursor continues a list sorted by ${cursor.sort}, not by ${sort}`);
  }
  if (sort !== 'file') return cursor;
  const entry = board.entries.find(
    ({ task, repetition }) => task.id === cursor.id && repetition === cursor.repetition,
  );
  return entry ? standingOf(entry, sort) : cursor;
}

function standingOf(entry: BoardEntry, sort: Cursor['sort']): Standing {
  return { key: keyOf(entry, sort), id: entry.task.id, repetition: entry.repetition };
}

function keyOf({ task, position }: BoardEntry, sort: Cursor['sort']): number[] {
  if (sort === 'priority') return urgencyOf(task.entry);
  if (sort === 'created') return [createdMs(readField(task.entry, 'created'))];
  return sort === 'file' ? [position] : [];
}

/** Entries that do not say when they were made come last. */
function createdMs(created: unknown): number {
  const ms = typeof created === 'number' ? created : Date.parse(String(created));
  return Number.isFinite(ms) ? ms : Number.MAX_SAFE_INTEGER;
}

function compare(left: Standing, right: Standing): number {
  for (const [index, value] of left.key.entries()) {
    const difference = value - (right.key[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return (
    naturalOrder.compare(left.id, right.id) ||
    Number(left.id > right.id) - Number(left.id < right.id) ||
    left.repetition - right.repetition
  );
}
