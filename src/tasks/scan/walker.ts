import type { Columns } from './columns.ts';
import type { Words } from './words.ts';

/**
 * Why a walk stopped: it came to the end of the bytes, of the list, or of the room for rows or for words; or it found
 * something that is not JSON (or that it cannot do), which the plain walker then has to name.
 */
export type Stop = 'needsBytes' | 'listEnded' | 'rowsFull' | 'wordsFull' | 'givesUp';

/** The columns that hold words which a filter can refuse. */
export type WordColumn = 'status' | 'type' | 'agent' | 'priority';

/** Walks the elements of one JSON array in bytes that come piece by piece, and makes a row of each. */
export interface ListWalker {
  /** Where the bytes are to be put. Another array after `reserve` and `growWords`. */
  readonly bytes: Uint8Array;
  /** So many bytes behind the last one must be readable; at the end of the file they are white space. */
  readonly lookAhead: number;
  readonly words: Words;
  readonly columns: Columns;
  /** Rows found since `takeRows`. Their offsets are into `bytes`. */
  readonly rowCount: number;
  /** Elements of this list so far, whatever they are. */
  readonly elementCount: number;
  /** The first byte that was not walked. */
  readonly position: number;
  /** The first byte that is still needed, because the element that begins there is not whole yet. */
  readonly keepFrom: number;
  /** Sets a stretch of `bytes` apart. @returns where it begins */
  reserve(size: number): number;
  growWords(): void;
  /** Begins at the byte after the opening bracket. */
  begin(at: number): void;
  /** Goes on; `end` is behind the last byte there is. */
  walk(end: number, isLast: boolean): Stop;
  takeRows(): void;
  /** From now on rows with this word in this column need not be reported: nobody wants them. */
  refuse?(code: number, column: WordColumn): void;
  /** The bytes that were kept now stand `by` further on in memory, or back. */
  shift(by: number): void;
}
