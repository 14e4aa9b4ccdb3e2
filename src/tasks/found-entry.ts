import { isNoObject } from './scan/columns.ts';
import { type ListPlace, type RowSink, type Rows, readLists } from './scan/read-lists.ts';
import type { ByteSource } from './scan/window.ts';
import type { Words } from './scan/words.ts';
import { SelectingSink } from './selecting-sink.ts';
import { type Chosen, Selection } from './selection.ts';
import type { TaskFilter } from './types.ts';

/** Byte offsets in the file. */
export interface Span {
  start: number;
  end: number;
}

/** An entry that is to be changed, where it was looked for by its id, and how the file around it spells things. */
export interface FoundEntries {
  /** The first of the entries with this id. */
  chosen: Chosen[];
  total: number;
  hasSeveralLists: boolean;
  /** Entries of its list around the first one that was found, in the order of the file, itself left out. */
  neighbours: Span[];
  /** Words for a status that the file uses, in the order in which they first appear. */
  statuses: string[];
}

/**
 * A piece of the file: small, because one entry is wanted and a command should stay small, and yet large enough to be
 * read by another thread, so that the copy of the file, which is made meanwhile, gets its turns.
 */
const chunkSize = 1 << 19;

/**
 * Finds an entry, and what stands around it, in one pass that keeps nothing else.
 * @param limit so many entries are told of where several have the id
 * @param reach so many neighbours on either side
 * @throws JsonSyntaxError
 */
export async function findEntry(
  source: ByteSource,
  id: string,
  { isLines, limit, reach }: { isLines: boolean; limit: number; reach: number },
): Promise<FoundEntries & { lists: ListPlace[] }> {
  const makeSink = (words: Words) => new EntrySink(id, words, { limit, reach });
  const { lists, sink, words } = await readLists(source, makeSink, { isLines, chunkSize });
  const { selection, neighbours, statusCodes } = sink;
  return {
    ...selection.page(),
    total: selection.total,
    hasSeveralLists: lists.length > 1,
    neighbours,
    statuses: [...statusCodes].map((code) => words.textOf(code)),
    lists,
  };
}

class EntrySink implements RowSink {
  readonly selection: Selection;
  readonly neighbours: Span[] = [];
  readonly statusCodes = new Set<number>();
  readonly #sink: SelectingSink;
  readonly #reach: number;
  /** Start and end of the last entries of the list that is being read, in turn. */
  readonly #last: Float64Array;
  #count = 0;
  /** How many entries behind the one that was found are still wanted. */
  #missing = 0;

  constructor(id: string, words: Words, { limit, reach }: { limit: number; reach: number }) {
    const filter: TaskFilter = { ids: [id], sort: 'file', limit };
    this.selection = new Selection(filter, words);
    this.#sink = new SelectingSink(filter, this.selection);
    this.#reach = reach;
    this.#last = new Float64Array(2 * reach);
  }

  openList(tag: string | undefined): void {
    this.#sink.openList(tag);
    this.#count = 0;
    this.#missing = 0;
  }

  closeList(list: ListPlace): void {
    this.#sink.closeList(list);
  }

  takeRows(rows: Rows): void {
    const isFirst = this.selection.total === 0;
    this.#sink.takeRows(rows);
    const found = isFirst && this.selection.total > 0 ? this.selection.rows()[0]?.start : undefined;
    const { columns, count, base } = rows;
    for (let row = 0; row < count; row += 1) {
      if (((columns.flags[row] as number) & isNoObject) !== 0) continue;
      const status = columns.status[row] as number;
      if (status !== 0) this.statusCodes.add(status);
      const start = base + (columns.start[row] as number);
      const end = base + (columns.end[row] as number);
      if (start === found) {
        this.neighbours.push(...this.#before());
        this.#missing = this.#reach;
      } else if (this.#missing > 0) {
        this.#missing -= 1;
        this.neighbours.push({ start, end });
      } else {
        const at = 2 * (this.#count % this.#reach);
        this.#last[at] = start;
        this.#last[at + 1] = end;
        this.#count += 1;
      }
    }
  }

  #before(): Span[] {
    const spans: Span[] = [];
    for (let number = Math.max(0, this.#count - this.#reach); number < this.#count; number += 1) {
      const at = 2 * (number % this.#reach);
      spans.push({ start: this.#last[at] as number, end: this.#last[at + 1] as number });
    }
    return spans;
  }
}
