/** Rows of a list, column by column: what is known of each element without parsing it. */

export interface Columns {
  /** Where the element begins and the first byte after it, as offsets into the bytes at hand. */
  start: Uint32Array;
  end: Uint32Array;
  /** Place among all elements of its list, from 1. */
  position: Uint32Array;
  /** See `isOdd` and its like. */
  flags: Uint32Array;
  /** The id, taken apart: a word, and the digits that it ends with (at most 15 of them). */
  idStem: Uint32Array;
  idDigits: Uint32Array;
  idNumber: Float64Array;
  /** Codes of words; 0 where there is none. */
  status: Uint32Array;
  type: Uint32Array;
  agent: Uint32Array;
  priority: Uint32Array;
  /** `priority_score`. */
  score: Float64Array;
  /** When the task was made, in milliseconds since 1970; `never` where it does not say. See `hasOddTime`. */
  created: Float64Array;
}

/** Later than any time. */
export const never = Number.MAX_SAFE_INTEGER;

/** The walker saw something that only the exact reader understands; the row is not to be used before it did. */
export const isOdd = 1;
/** An element that is no object: no task. */
export const isNoObject = 2;
export const hasId = 4;
/** The id is a number in the file. */
export const idIsNumber = 8;
export const hasScore = 16;
/** It names a cause somewhere, or dependencies: reading the entry is worthwhile for who looks for these. */
export const hasCause = 32;
export const hasDependencies = 64;
/** It says when it was made in a way that only the exact reader understands. */
export const hasOddTime = 128;

/** In the order in which the compiled walker lays them out: eight bytes a row first, then four. */
const wideNames = ['idNumber', 'score', 'created'] as const;
const narrowNames = [
  'start',
  'end',
  'position',
  'flags',
  'idStem',
  'idDigits',
  'status',
  'type',
  'agent',
  'priority',
] as const;

export const bytesPerRow = 8 * wideNames.length + 4 * narrowNames.length;

/** Columns for `length` rows over memory that begins at `offset`. */
export function columnsOver(memory: ArrayBufferLike, offset: number, length: number): Columns {
  const columns: Partial<Record<keyof Columns, unknown>> = {};
  let at = offset;
  for (const name of wideNames) {
    columns[name] = new Float64Array(memory, at, length);
    at += 8 * length;
  }
  for (const name of narrowNames) {
    columns[name] = new Uint32Array(memory, at, length);
    at += 4 * length;
  }
  return columns as unknown as Columns;
}

/** An id in two parts, so that a million of them are columns of numbers: `T-007` is `T-`, 7, in three digits. */
export function takeIdApart(id: string): { stem: string; digits: number; number: number } {
  const digits = /\d{0,15}$/.exec(id)?.[0] ?? '';
  return { stem: id.slice(0, id.length - digits.length), digits: digits.length, number: Number(digits) };
}

export function putIdTogether(stem: string, digits: number, number: number): string {
  return digits === 0 ? stem : stem + String(number).padStart(digits, '0');
}
