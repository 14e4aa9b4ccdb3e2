import {
  closeBrace,
  comma,
  JsonSyntaxError,
  openBrace,
  openBracket,
  skipKey,
  skipString,
  skipValue,
  skipWhitespace,
  unexpected,
} from '../json-syntax.ts';
import type { Columns } from './columns.ts';
import { fillOddRows, hasOddRows } from './exact-rows.ts';
import { openPlainWalker, WalkError } from './plain-walker.ts';
import type { ListWalker } from './walker.ts';
import { openWasmWalker } from './wasm-walker.ts';
import { type ByteSource, Window } from './window.ts';
import type { Words } from './words.ts';

/** One list of tasks in a file. */
export interface ListPlace {
  /** Its name where the file has several (`{"master": {"tasks": […]}, …}`). */
  tag?: string;
  /** Byte offsets of the opening bracket, and after the closing one. */
  start: number;
  end: number;
  /** How many elements it has, whatever they are. */
  elementCount: number;
}

/** Some rows of one list. The columns hold other rows after the call. */
export interface Rows {
  columns: Columns;
  count: number;
  words: Words;
  /** The bytes that `columns.start` and `columns.end` point into; `base` is the file offset of the first one. */
  bytes: Uint8Array;
  base: number;
}

/** Takes the rows of a file, list after list. */
export interface RowSink {
  /** Called before the rows of a list. */
  openList(tag: string | undefined): void;
  takeRows(rows: Rows): void;
  /** Called after the rows of a list. */
  closeList(list: ListPlace): void;
}

/** @param refuse by which a sink may say which rows it does not want to see; those that come may still be such */
export type MakeSink<Sink> = (words: Words, refuse?: ListWalker['refuse']) => Sink;

/**
 * Reads a task file: JSON Lines, or a bare array, `{"tasks": […], …}`, or lists under tags as task-master writes them. Every byte
 * is checked against the grammar. Of a repeated key the last one counts, as in `JSON.parse`.
 * @param makeSink called again when rows turned out to belong to a list that does not count
 * @returns the lists; none where the file is valid JSON of another shape
 * @throws JsonSyntaxError with the offset in the file
 */
export async function readLists<Sink extends RowSink>(
  source: ByteSource,
  makeSink: MakeSink<Sink>,
  { isLines = false, chunkSize }: Pick<ReadOptions, 'isLines' | 'chunkSize'> = {},
): Promise<{ lists: ListPlace[]; sink: Sink; words: Words }> {
  const walker = isLines ? undefined : openWasmWalker();
  const read = walker && (await readWith(source, walker, makeSink, { chunkSize }));
  // Whatever the fast walker does not like, the plain one knows to name; or it can do it.
  const result =
    read ?? (await readWith(source, openPlainWalker({ isLines }), makeSink, { isLines, chunkSize }));
  if (!result) throw new Error('the plain walker does not give up');
  return result;
}

/**
 * Reads with one walker only, whatever that is.
 * @param options.window of this walker, where it has one already
 * @returns undefined where it gives up
 */
export async function readWith<Sink extends RowSink>(
  source: ByteSource,
  walker: ListWalker,
  makeSink: MakeSink<Sink>,
  { isLines = false, chunkSize, window }: ReadOptions = {},
): Promise<{ lists: ListPlace[]; sink: Sink; words: Words } | undefined> {
  const open = () => window?.begin(source) ?? Window.open(source, walker, chunkSize);
  const make = () =>
    makeSink(walker.words, walker.refuse && ((code, column) => walker.refuse?.(code, column)));
  const sink = make();
  const first = await new FileReader(walker, await open(), sink).read(isLines);
  if (first === undefined) return undefined;
  const { found, counting } = first;
  if (found.length === counting.length) return { lists: counting, sink, words: walker.words };
  const second = make();
  const starts = new Set(counting.map(({ start }) => start));
  const again = await new FileReader(walker, await open(), second, starts).read(isLines);
  return again && { lists: again.counting, sink: second, words: walker.words };
}

interface ReadOptions {
  isLines?: boolean;
  chunkSize?: number | undefined;
  window?: Window;
}

class GivesUp extends Error {}

class FileReader {
  readonly #walker: ListWalker;
  readonly #window: Window;
  readonly #sink: RowSink;
  readonly #wanted: ReadonlySet<number> | undefined;
  readonly #found: ListPlace[] = [];
  /** Index of the next byte in memory. */
  #at: number;

  constructor(walker: ListWalker, window: Window, sink: RowSink, wanted?: ReadonlySet<number>) {
    this.#walker = walker;
    this.#window = window;
    this.#sink = sink;
    this.#wanted = wanted;
    this.#at = window.start;
  }

  async read(isLines: boolean): Promise<{ found: ListPlace[]; counting: ListPlace[] } | undefined> {
    try {
      await this.#skip(skipByteOrderMark);
      const counting = isLines ? [await this.#readLines()] : await this.#readTop();
      await this.#skip(skipWhitespace);
      if (this.#at < this.#window.bytes.length) throw this.#unexpected('nothing after the value');
      return { found: this.#found, counting };
    } catch (error) {
      if (error instanceof GivesUp) return undefined;
      const reason = error instanceof WalkError ? error.reason : error;
      if (!(reason instanceof JsonSyntaxError)) throw reason;
      throw new JsonSyntaxError(this.#window.offsetOf(reason.offset), reason.message);
    }
  }

  /** A list without brackets: they are where they would be. */
  async #readLines(): Promise<ListPlace> {
    this.#at -= 1;
    const list = await this.#readList();
    list.end += 1;
    return list;
  }

  async #readTop(): Promise<ListPlace[]> {
    await this.#skip(skipWhitespace);
    if (this.#byte === openBracket) return [await this.#readList()];
    if (this.#byte !== openBrace) {
      await this.#skip(skipValue);
      return [];
    }
    let wrapped: ListPlace | undefined;
    const tagged = new Map<string, ListPlace>();
    await this.#readMembers(async (key) => {
      if (key === 'tasks') wrapped = undefined;
      tagged.delete(key);
      if (key === 'tasks' && this.#byte === openBracket) {
        wrapped = await this.#readList();
        return;
      }
      const list = this.#byte === openBrace ? await this.#readTag(key) : await this.#skip(skipValue);
      if (list) tagged.set(key, list);
    });
    return wrapped ? [wrapped] : [...tagged.values()];
  }

  async #readTag(tag: string): Promise<ListPlace | undefined> {
    let list: ListPlace | undefined;
    await this.#readMembers(async (key) => {
      if (key !== 'tasks') return this.#skip(skipValue);
      list = undefined;
      if (this.#byte === openBracket) list = await this.#readList(tag);
      else await this.#skip(skipValue);
    });
    return list;
  }

  /** Walks the members of an object; `visit` is to go past the value of each. */
  async #readMembers(visit: (key: string) => Promise<void>): Promise<void> {
    this.#at += 1;
    await this.#skip(skipWhitespace);
    if (this.#byte === closeBrace) {
      this.#at += 1;
      return;
    }
    for (;;) {
      await visit(await this.#readKey());
      await this.#skip(skipWhitespace);
      const isEnd = this.#byte === closeBrace;
      if (!isEnd && this.#byte !== comma) throw this.#unexpected('"," or "}"');
      this.#at += 1;
      if (isEnd) return;
      await this.#skip(skipWhitespace);
    }
  }

  async #readKey(): Promise<string> {
    let key = '';
    await this.#skip((bytes, at) => {
      const value = skipKey(bytes, at);
      key = JSON.parse(new TextDecoder().decode(bytes.subarray(at, skipString(bytes, at))));
      return value;
    });
    return key;
  }

  async #readList(tag?: string): Promise<ListPlace> {
    const start = this.#window.offsetOf(this.#at);
    const isWanted = this.#wanted?.has(start) ?? true;
    if (isWanted) this.#sink.openList(tag);
    const walker = this.#walker;
    walker.begin(this.#at + 1);
    for (;;) {
      const stop = walker.walk(this.#window.walkEnd, this.#window.isLast);
      if (stop === 'givesUp') throw new GivesUp();
      if (isWanted) await this.#handOver();
      walker.takeRows();
      if (stop === 'listEnded') break;
      if (stop === 'wordsFull') {
        await this.#window.settle();
        walker.growWords();
      }
      if (stop !== 'needsBytes') continue;
      if (this.#window.isLast) throw new GivesUp();
      walker.shift(await this.#window.advance(walker.keepFrom));
    }
    this.#at = walker.position;
    const list: ListPlace = {
      start,
      end: this.#window.offsetOf(this.#at),
      elementCount: walker.elementCount,
      ...(tag === undefined ? {} : { tag }),
    };
    this.#found.push(list);
    if (isWanted) this.#sink.closeList(list);
    return list;
  }

  async #handOver(): Promise<void> {
    const walker = this.#walker;
    if (walker.rowCount === 0) return;
    if (hasOddRows(walker)) {
      await this.#window.settle();
      fillOddRows(walker);
    }
    const { columns, rowCount, words, bytes } = walker;
    this.#sink.takeRows({ columns, count: rowCount, words, bytes, base: this.#window.offsetOf(0) });
  }

  /** Goes on to where `skip` says, which gets more bytes until it is sure. */
  async #skip(skip: (bytes: Uint8Array, at: number) => number): Promise<undefined> {
    for (;;) {
      const { bytes, isLast } = this.#window;
      try {
        const end = skip(bytes, this.#at);
        if (end < bytes.length || isLast) {
          this.#at = end;
          return;
        }
      } catch (error) {
        if (isLast || !(error instanceof JsonSyntaxError) || !error.isAtEnd) throw error;
      }
      this.#at += await this.#window.advance(this.#at);
    }
  }

  get #byte(): number | undefined {
    return this.#window.bytes[this.#at];
  }

  #unexpected(expected: string): JsonSyntaxError {
    return unexpected(this.#window.bytes, this.#at, expected);
  }
}

function skipByteOrderMark(bytes: Uint8Array, at: number): number {
  const [first, second, third] = bytes.subarray(at, at + 3);
  if (first === 0xef && third === undefined) {
    throw new JsonSyntaxError(at, 'the byte order mark ends too early', { isAtEnd: true });
  }
  if (first === 0xef && second === 0xbb && third === 0xbf) return at + 3;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new JsonSyntaxError(at, 'the file is UTF-16; JSON is UTF-8');
  }
  return at;
}
