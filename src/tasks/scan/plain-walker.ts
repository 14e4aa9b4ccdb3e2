import {
  closeBracket,
  comma,
  JsonSyntaxError,
  openBrace,
  openBracket,
  skipValue,
  skipWhitespace,
  unexpected,
} from '../json-syntax.ts';
import { bytesPerRow, type Columns, columnsOver, isNoObject, isOdd } from './columns.ts';
import type { ListWalker, Stop } from './walker.ts';
import { PlainWords } from './words.ts';

const capacity = 4096;
const lineFeed = 0x0a;

/** What the plain walker found where another one gave up; the offset is into the bytes at hand. */
export class WalkError extends Error {
  readonly reason: JsonSyntaxError;

  constructor(reason: JsonSyntaxError) {
    super(reason.message);
    this.reason = reason;
  }
}

/**
 * A walker in plain JavaScript, for runtimes without WebAssembly, and to name what is wrong with a file. Every row is
 * odd: the exact reader fills it.
 * @param isLines walk values that stand on lines of their own (JSON Lines), up to the end of the file
 */
export function openPlainWalker({ isLines = false }: { isLines?: boolean } = {}): ListWalker {
  return new PlainWalker(isLines);
}

class PlainWalker implements ListWalker {
  readonly lookAhead = 0;
  readonly words = new PlainWords();
  readonly columns: Columns = columnsOver(new ArrayBuffer(capacity * bytesPerRow), 0, capacity);
  bytes: Uint8Array = new Uint8Array(0);
  rowCount = 0;
  elementCount = 0;
  position = 0;
  /** Whether the position is behind an element, where a comma or the end of the list must follow. */
  #isBehindElement = false;
  readonly #isLines: boolean;

  constructor(isLines: boolean) {
    this.#isLines = isLines;
  }

  get keepFrom(): number {
    return this.position;
  }

  reserve(size: number): number {
    const before = this.bytes;
    this.bytes = new Uint8Array(before.length + size);
    this.bytes.set(before);
    return before.length;
  }

  growWords(): void {}

  begin(at: number): void {
    this.position = at;
    this.rowCount = 0;
    this.elementCount = 0;
    this.#isBehindElement = false;
  }

  walk(end: number, isLast: boolean): Stop {
    const bytes = this.bytes.subarray(0, end);
    try {
      for (;;) {
        if (this.rowCount === capacity) return 'rowsFull';
        const stop = this.#step(bytes, isLast);
        if (stop) return stop;
      }
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      if (error.isAtEnd && !isLast) return 'needsBytes';
      throw new WalkError(error);
    }
  }

  #step(bytes: Uint8Array, isLast: boolean): Stop | undefined {
    const at = this.#isLines ? this.#nextLine(bytes, isLast) : this.#nextElement(bytes);
    if (at === undefined) return 'listEnded';
    const end = skipValue(bytes, at);
    if (end === bytes.length && !isLast) return 'needsBytes'; // a number may go on
    this.elementCount += 1;
    const isContainer = bytes[at] === openBrace || bytes[at] === openBracket;
    if (isContainer) {
      const row = this.rowCount;
      this.rowCount += 1;
      this.columns.start[row] = at;
      this.columns.end[row] = end;
      this.columns.position[row] = this.elementCount;
      this.columns.flags[row] = bytes[at] === openBrace ? isOdd : isNoObject;
    }
    this.position = end;
    this.#isBehindElement = true;
    return undefined;
  }

  /** Where the next element begins, or undefined where the list has ended. */
  #nextElement(bytes: Uint8Array): number | undefined {
    const at = skipWhitespace(bytes, this.position);
    if (bytes[at] === closeBracket && (this.#isBehindElement || this.elementCount === 0)) {
      this.position = at + 1;
      return undefined;
    }
    if (!this.#isBehindElement) return at;
    if (bytes[at] !== comma) throw unexpected(bytes, at, '"," or "]"');
    return skipWhitespace(bytes, at + 1);
  }

  #nextLine(bytes: Uint8Array, isLast: boolean): number | undefined {
    const at = skipWhitespace(bytes, this.position);
    if (at >= bytes.length) {
      if (!isLast) throw unexpected(bytes, at, 'a value');
      this.position = at;
      return undefined;
    }
    const gap = bytes.subarray(this.position, at);
    if (this.#isBehindElement && !gap.includes(lineFeed)) throw unexpected(bytes, at, 'a line break');
    return at;
  }

  takeRows(): void {
    this.rowCount = 0;
  }

  shift(by: number): void {
    this.position += by;
  }
}
