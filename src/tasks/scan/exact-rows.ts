import { readField, scoreOf } from '../dialects.ts';
import { JsonSyntaxError } from '../json-syntax.ts';
import type { JsonObject } from '../json-values.ts';
import {
  type Columns,
  hasCause,
  hasDependencies,
  hasId,
  hasScore,
  idIsNumber,
  isNoObject,
  isOdd,
  takeIdApart,
} from './columns.ts';
import { exactId } from './exact-id.ts';
import type { Words } from './words.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Parses the entries that a walker left open, and fills their rows with what they really say. */
export function fillOddRows(columns: Columns, count: number, words: Words, bytes: Uint8Array): void {
  for (let row = 0; row < count; row += 1) {
    if (((columns.flags[row] ?? 0) & (isOdd | isNoObject)) !== isOdd) continue;
    const start = columns.start[row] ?? 0;
    const text = decode(bytes, start, columns.end[row] ?? 0);
    fillRow(columns, row, words, JSON.parse(text), text);
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

function decode(bytes: Uint8Array, start: number, end: number): string {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    throw new JsonSyntaxError(start, 'this entry holds bytes that are not UTF-8');
  }
}
