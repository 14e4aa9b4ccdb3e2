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
  /** The last entries of the list that is being read. */
  #last: Span[] = [];
  /** How many entries behind the one that was found are still wanted. */
  #missing = 0;

  constructor(id: string, words: Words, { limit, reach }: { limit: number; reach: number }) {
    const filter: TaskFilter = { ids: [id], sort: 'file', limit };
    this.selection = new Selection(filter, words);
    this.#sink = new SelectingSink(filter, this.selection);
    this.#reach = reach;
  }

  openList(tag: string | undefined): void {
    this.#sink.openList(tag);
    this.#last = [];
    this.#missing = 0;
  }

  closeList(list: ListPlace): void {
    this.#sink.closeList(list);
  }

  takeRows(rows: Rows): void {
    const isFirst = this.selection.total === 0;
    this.#sink.takeRows(rows);
    this.#noteStatuses(rows);
    const found = isFirst && this.selection.total > 0 ? this.selection.rows()[0]?.start : undefined;
    const at = found === undefined ? -1 : rows.columns.start.indexOf(found - rows.base);
    if (at !== -1) {
      this.neighbours.push(...this.#lastBefore(rows, at));
      this.#missing = this.#reach;
    }
    for (let row = at + 1; row < rows.count && this.#missing > 0; row += 1) {
      if (!isTask(rows, row)) continue;
      this.#missing -= 1;
      this.neighbours.push(spanOf(rows, row));
    }
    this.#last = this.#lastBefore(rows, rows.count);
  }

  #noteStatuses({ columns, count }: Rows): void {
    let known = 0;
    for (let row = 0; row < count; row += 1) {
      const status = columns.status[row] as number;
      if (status === known) continue;
      known = status;
      if (status !== 0) this.statusCodes.add(status);
    }
  }

  /** Looked at from behind: of a million rows only these few are worth objects. */
  #lastBefore(rows: Rows, end: number): Span[] {
    const spans: Span[] = [];
    for (let row = end - 1; row >= 0 && spans.length < this.#reach; row -= 1)
      if (isTask(rows, row)) spans.unshift(spanOf(rows, row));
    return [...this.#last, ...spans].slice(-this.#reach);
  }
}

function isTask({ columns }: Rows, row: number): boolean {
  return ((columns.flags[row] as number) & isNoObject) === 0;
}

function spanOf({ columns, base }: Rows, row: number): Span {
  return { start: base + (columns.start[row] as number), end: base + (columns.end[row] as number) };
}
