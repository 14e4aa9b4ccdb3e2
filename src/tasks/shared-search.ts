import type { OnRefusal } from './filter.ts';
import { readWith } from './scan/read-lists.ts';
import { type CutPattern, findCut, stretchOf } from './scan/stretches.ts';
import type { ListWalker } from './scan/walker.ts';
import { openWasmWalker } from './scan/wasm-walker.ts';
import { type ByteSource, Window } from './scan/window.ts';
import type { Words } from './scan/words.ts';
import { type FoundRows, SelectingSink } from './selecting-sink.ts';
import { Selection } from './selection.ts';
import type { TaskFilter } from './types.ts';

/** The search of one file by several threads: each takes the next stretch as soon as it is done with its last one. */
export interface SharedSearch {
  size: number;
  filter: TaskFilter;
  pattern: CutPattern;
  stretchBytes: number;
  /** The number of the next stretch that nobody has taken, as a 32-bit integer in shared memory. */
  next: SharedArrayBuffer;
}

/** What was found in one stretch. Places and offsets are its own. */
export interface StretchFound extends FoundRows {
  number: number;
  /** How many elements of the list are in it. */
  elementCount: number;
  /** What is to be added to its offsets. */
  shift: number;
}

/** What a core has near at hand: bytes that were just read are walked before they have gone to slower memory. */
const chunkSize = 1 << 20;

export function countStretches({ size, stretchBytes }: SharedSearch): number {
  return Math.max(1, Math.floor(size / stretchBytes));
}

/**
 * Searches stretches until none is left.
 * @returns undefined where the file is not one list that can be cut as it was guessed
 */
export async function searchStretches(
  source: ByteSource,
  search: SharedSearch,
): Promise<StretchFound[] | undefined> {
  const next = new Int32Array(search.next);
  const count = countStretches(search);
  const walker = openWasmWalker();
  const reader = walker && new StretchReader(source, search, walker);
  const found: StretchFound[] = [];
  for (let number = Atomics.add(next, 0, 1); number < count; number = Atomics.add(next, 0, 1)) {
    const one = await reader?.read(number, count).catch(() => undefined);
    if (!one) {
      Atomics.store(next, 0, count); // the others need not go on
      return undefined;
    }
    found.push(one);
  }
  return found;
}

/** Reads stretch after stretch with one walker, in the same memory. */
class StretchReader {
  readonly #source: ByteSource;
  readonly #search: SharedSearch;
  readonly #walker: ListWalker;
  readonly #window: Window;

  constructor(source: ByteSource, search: SharedSearch, walker: ListWalker) {
    this.#source = source;
    this.#search = search;
    this.#walker = walker;
    this.#window = new Window(walker, Math.min(chunkSize, search.size + 1));
  }

  async read(number: number, count: number): Promise<StretchFound | undefined> {
    const { filter, pattern, stretchBytes } = this.#search;
    const cutAt = (place: number) => findCut(this.#source, place * stretchBytes, pattern);
    const isFirst = number === 0;
    const isLast = number === count - 1;
    const start = isFirst ? undefined : await cutAt(number);
    const end = isLast ? undefined : await cutAt(number + 1);
    if ((!isFirst && start === undefined) || (!isLast && end === undefined)) return undefined;
    const { source, listStart, listEnd, shift } = stretchOf(this.#source, pattern, { start, end });
    const makeSink = (words: Words, onRefusal?: OnRefusal) =>
      new SelectingSink(filter, new Selection(filter, words, { onRefusal }));
    const read = await readWith(source, this.#walker, makeSink, { window: this.#window });
    const list = read?.lists[0];
    // Another list may come after it and take its place.
    if (!read || !list || read.lists.length > 1) return undefined;
    if (list.start !== (listStart ?? list.start) || list.end !== (listEnd ?? list.end)) return undefined;
    const { selection } = read.sink;
    const elementCount = isLast ? list.elementCount : list.elementCount - 1; // the one of ours
    return { number, rows: selection.rows(), total: selection.total, elementCount, shift };
  }
}
