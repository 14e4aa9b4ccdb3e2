import { readTask } from './dialects.ts';
import { RowFilter, textTestOf } from './filter.ts';
import { isObject } from './json-values.ts';
import { isNoObject } from './scan/columns.ts';
import { createdMs } from './scan/exact-rows.ts';
import { type ListPlace, type RowSink, type Rows, readLists } from './scan/read-lists.ts';
import { guessSplit, halvesOf, type Split, tailOf } from './scan/split.ts';
import type { ByteSource } from './scan/window.ts';
import type { Words } from './scan/words.ts';
import { type Chosen, Selection } from './selection.ts';
import type { TaskIndex } from './task-index.ts';
import type { TaskFilter } from './types.ts';

/** What a filter found in a file. */
export interface Found {
  chosen: Chosen[];
  total: number;
  nextCursor?: string;
  /** Whether the file has more than one list, so that an id may stand in several of them. */
  hasSeveralLists: boolean;
}

/** Whether the columns of an index are enough to answer a filter. */
export function isAnsweredByIndex({ text = '' }: TaskFilter): boolean {
  return text === '';
}

/** @throws INVALID_CURSOR */
export function findInIndex(index: TaskIndex, filter: TaskFilter, position?: number): Found {
  const selection = new Selection(filter, index.words, position);
  const hasSeveralLists = index.lists.length > 1;
  const total = takeByFacets(index, filter, selection);
  if (total !== undefined) return { ...selection.page(), total, hasSeveralLists };
  for (const list of index.lists) selection.takeRows(index, index.rowsOf(list), { tag: list.tag });
  return { ...selection.page(), total: selection.total, hasSeveralLists };
}

/**
 * Where words alone decide, the combinations of words are judged instead of the tasks, and a page is read off rows that
 * are in order already: what that costs does not grow with the board.
 * @returns how many tasks match; undefined where something else decides, and nothing was taken
 */
function takeByFacets(index: TaskIndex, filter: TaskFilter, selection: Selection): number | undefined {
  const { sort = 'priority' } = filter;
  const rows = new RowFilter(filter, index.words);
  if (rows.hasNames) return undefined;
  const { facets } = index;
  const verdicts = facets.all.map((facet) => rows.allows(facet));
  if (verdicts.includes(undefined)) return undefined;
  const total = facets.all.reduce((sum, { count }, at) => (verdicts[at] ? sum + count : sum), 0);
  const isMatch = (row: number) => verdicts[facets.of(row)] === true;
  const tagOf = (row: number) => index.listOf(row)?.tag;
  if (total > 0) selection.takeOrdered(index, index.orderBy(sort), { total, isMatch, tagOf });
  return total;
}

/** How a file is to be searched. */
export interface FileSearch {
  /** As `Selection` takes it. */
  position?: number | undefined;
  /** Whether each line is an entry (JSON Lines). */
  isLines: boolean;
  /** Runs `searchTail` in another thread, where there is one. */
  runTail?: ((job: TailJob) => Promise<TailFound | undefined> | undefined) | undefined;
  /** Below, starting a thread takes longer than it saves. */
  splitFromBytes?: number;
}

/** The second half of a file, for a thread that opens nothing itself. */
export interface TailJob extends Split {
  fd: number;
  size: number;
  filter: TaskFilter;
}

export interface TailFound {
  rows: Chosen[];
  total: number;
}

/**
 * Answers a filter in one pass over a file, of which nothing is kept but the page.
 * @throws JsonSyntaxError, INVALID_CURSOR
 */
export async function findInFile(
  source: ByteSource,
  filter: TaskFilter,
  search: FileSearch,
): Promise<Found & { lists: ListPlace[] }> {
  const found = await findInHalves(source, filter, search);
  if (found) return found;
  const { lists, selection } = await searchOne(source, filter, search);
  return { ...selection.page(), total: selection.total, hasSeveralLists: lists.length > 1, lists };
}

async function searchOne(source: ByteSource, filter: TaskFilter, { position, isLines }: FileSearch) {
  const makeSink = (words: Words) => new SelectingSink(filter, new Selection(filter, words, position));
  const { lists, sink } = await readLists(source, makeSink, { isLines });
  return { lists, selection: sink.selection };
}

/**
 * Reads the halves of a large file in two threads.
 * @returns undefined where it cannot be halved, or anything is not as it was guessed: then it is read as a whole
 */
async function findInHalves(
  source: ByteSource & { fd?: number },
  filter: TaskFilter,
  { isLines, runTail, splitFromBytes = 64 << 20 }: FileSearch,
): Promise<(Found & { lists: ListPlace[] }) | undefined> {
  const { fd, size } = source;
  // Places (`#7`) and cursors count rows from the beginning of the file.
  const isSimple = !isLines && filter.cursor === undefined && (filter.ids ?? []).length === 0;
  if (!runTail || fd === undefined || !isSimple || size < splitFromBytes) return undefined;
  const split = await guessSplit(source);
  const running = split && runTail({ ...split, fd, size, filter });
  if (!split || !running) return undefined;
  const { head, headEnd, tailShift } = halvesOf(source, split);
  const [tail, own] = await Promise.all([
    running.catch(() => undefined),
    searchOne(head, filter, { isLines }).catch(() => undefined),
  ]);
  const list = own?.lists[0];
  if (!tail || !own || own.lists.length !== 1 || list?.end !== headEnd) return undefined;
  own.selection.absorb(tail, { offset: tailShift, places: list.elementCount - 1 });
  const lists = [{ ...list, end: size }];
  return { ...own.selection.page(), total: own.selection.total, hasSeveralLists: false, lists };
}

/** Searches the second half of a file. @returns undefined where it is not one list to the end */
export async function searchTail(
  source: ByteSource,
  job: Omit<TailJob, 'fd'>,
): Promise<TailFound | undefined> {
  const { lists, selection } = await searchOne(tailOf(source, job), job.filter, { isLines: false });
  // Another list may come after it and take its place.
  const isSameList = lists.length === 1 && lists[0]?.start === job.intro.length - 1;
  return isSameList ? { rows: selection.rows(), total: selection.total } : undefined;
}

class SelectingSink implements RowSink {
  readonly selection: Selection;
  readonly #textTest: ((title: string, description: string) => boolean) | undefined;
  #tag: string | undefined;
  #elementsBefore = 0;

  constructor(filter: TaskFilter, selection: Selection) {
    this.selection = selection;
    this.#textTest = filter.text ? textTestOf(filter.text) : undefined;
  }

  openList(tag: string | undefined): void {
    this.#tag = tag;
  }

  closeList({ elementCount }: ListPlace): void {
    this.#elementsBefore += elementCount;
  }

  takeRows({ columns, count, bytes, base }: Rows): void {
    for (let row = 0; row < count; row += 1) columns.position[row]! += this.#elementsBefore;
    const entryOf = (row: number) => {
      const entry = JSON.parse(decoder.decode(bytes.subarray(columns.start[row], columns.end[row])));
      return isObject(entry) ? entry : {};
    };
    const isText = this.#textTest;
    this.selection.takeRows({ base, ...columns }, [0, count], {
      tag: this.#tag,
      isMatch: (row) => {
        if (((columns.flags[row] ?? 0) & isNoObject) !== 0) return false;
        if (!isText) return true;
        const { title, description = '' } = readTask('', entryOf(row));
        return isText(title, description);
      },
      createdOf: (row) => createdMs(entryOf(row)),
    });
  }
}

const decoder = new TextDecoder();
