import { readField, scoreOf } from '../dialects.ts';
import { JsonSyntaxError } from '../json-syntax.ts';
import type { JsonObject } from '../json-values.ts';
import {
  bytesPerRow,
  type Columns,
  columnsOver,
  hasCause,
  hasDependencies,
  hasId,
  hasScore,
  idIsNumber,
  isNoObject,
  isOdd,
  never,
  takeIdApart,
} from './columns.ts';
import { exactId } from './exact-id.ts';
import type { ListWalker } from './walker.ts';
import type { Words } from './words.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether a walker left any of its rows open. */
export function hasOddRows({ columns, rowCount }: ListWalker): boolean {
  for (let row = 0; row < rowCount; row += 1) if (isOpen(columns, row)) return true;
  return false;
}

/**
 * Parses the entries that a walker left open, and fills their rows with what they really say. New words may move the
 * walker's memory: nothing is to be read into it meanwhile.
 */
export function fillOddRows(walker: ListWalker): void {
  for (let row = 0; row < walker.rowCount; row += 1) {
    if (!isOpen(walker.columns, row)) continue;
    const { columns, bytes } = walker;
    const text = decode(bytes, columns.start[row] ?? 0, columns.end[row] ?? 0);
    const own = columnsOver(new ArrayBuffer(bytesPerRow), 0, 1);
    fillRow(own, 0, walker.words, JSON.parse(text), text);
    copyRow(own, walker.columns, row);
  }
}

function isOpen(columns: Columns, row: number): boolean {
  return ((columns.flags[row] ?? 0) & (isOdd | isNoObject)) === isOdd;
}

const places: ReadonlySet<string> = new Set<keyof Columns>(['start', 'end', 'position']);

/** What an entry says, without where it stands. */
function copyRow(from: Columns, to: Columns, row: number): void {
  for (const name of Object.keys(from) as (keyof Columns)[]) {
    if (!places.has(name)) to[name][row] = from[name][0] ?? 0;
  }
}

/** Fills a row with what an entry says; where the entry stands is left as it is. */
export function fillRow(columns: Columns, row: number, words: Words, entry: JsonObject, text: string): void {
  const wordOf = (role: 'status' | 'type' | 'agent' | 'priority') => {
    const value = readField(entry, role);
    if (typeof value === 'number') return words.codeOf(String(value), true);
    return typeof value === 'string' && value !== '' ? words.codeOf(value, false) : 0;
  };
  columns.status[row] = wordOf('status');
  columns.type[row] = wordOf('type');
  columns.agent[row] = wordOf('agent');
  columns.priority[row] = wordOf('priority');
  const score = scoreOf(entry);
  columns.score[row] = score ?? 0;
  columns.created[row] = createdMs(entry);
  const id = exactId(entry, text);
  const { stem, digits, number } = takeIdApart(id ?? '');
  columns.idStem[row] = id === undefined ? 0 : words.codeOf(stem, false);
  columns.idDigits[row] = digits;
  columns.idNumber[row] = number;
  columns.flags[row] =
    (id === undefined ? 0 : hasId) |
    (typeof readField(entry, 'id') === 'number' ? idIsNumber : 0) |
    (score === undefined ? 0 : hasScore) |
    (readField(entry, 'cause') === undefined ? 0 : hasCause) |
    (readField(entry, 'dependencies') === undefined ? 0 : hasDependencies);
}

/** When a task was made, in milliseconds since 1970; `never` where it does not say, or not so that `Date` understands. */
export function createdMs(entry: JsonObject): number {
  const created = readField(entry, 'created');
  const ms = typeof created === 'number' ? created : Date.parse(String(created));
  return Number.isFinite(ms) ? ms : never;
}

function decode(bytes: Uint8Array, start: number, end: number): string {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    throw new JsonSyntaxError(start, 'this entry holds bytes that are not UTF-8');
  }
}
