import { type OnRefusal, RowFilter } from './filter.ts';
import { type ListPlace, readLists } from './scan/read-lists.ts';
import { guessPattern } from './scan/stretches.ts';
import type { ByteSource } from './scan/window.ts';
import { PlainWords, type Words } from './scan/words.ts';
import { SelectingSink } from './selecting-sink.ts';
import { type Chosen, Selection } from './selection.ts';
import { type SharedSearch, type StretchFound, searchStretches } from './shared-search.ts';
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
  const selection = new Selection(filter, index.words, { position });
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
  /** Runs `searchStretches` in another thread, where there is one. */
  runHelper?: RunHelper | undefined;
  /** The same file as a source that reads at once, where nobody waits for this thread meanwhile. */
  instant?: ByteSource | undefined;
  /** Below, starting a thread takes longer than it saves. */
  shareFromBytes?: number;
  stretchBytes?: number;
}

/** The search in another thread, which reads the same file. */
export type RunHelper = (job: HelperJob) => Promise<StretchFound[] | undefined> | undefined;

/** For a thread that opens nothing itself. */
export interface HelperJob extends SharedSearch {
  fd: number;
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
  const found = await findInStretches(source, filter, search);
  if (found) return found;
  const { position, isLines } = search;
  const makeSink = (words: Words, onRefusal?: OnRefusal) =>
    new SelectingSink(filter, new Selection(filter, words, { position, onRefusal }));
  const { lists, sink } = await readLists(source, makeSink, { isLines });
  return { ...sink.selection.page(), total: sink.selection.total, hasSeveralLists: lists.length > 1, lists };
}

/**
 * Searches a large file in two threads.
 * @returns undefined where it cannot be cut, or anything is not as it was guessed: then it is read as a whole
 */
async function findInStretches(
  source: ByteSource & { fd?: number },
  filter: TaskFilter,
  { isLines, runHelper, instant = source, shareFromBytes = 64 << 20, stretchBytes = 16 << 20 }: FileSearch,
): Promise<(Found & { lists: ListPlace[] }) | undefined> {
  const { fd, size } = source;
  // Places (`#7`) and cursors count rows from the beginning of the file.
  const hasPlaces = filter.cursor !== undefined || (filter.ids ?? []).some((id) => id.startsWith('#'));
  if (!runHelper || fd === undefined || isLines || hasPlaces || size < shareFromBytes) return undefined;
  const pattern = await guessPattern(source);
  if (!pattern) return undefined;
  const shared = { size, filter, pattern, stretchBytes, next: new SharedArrayBuffer(4) };
  const helping = runHelper({ ...shared, fd });
  if (!helping) return undefined;
  const [theirs, ours] = await Promise.all([
    helping.catch(() => undefined),
    searchStretches(instant, shared).catch(() => undefined),
  ]);
  if (!theirs || !ours) return undefined;
  const selection = new Selection(filter, new PlainWords());
  let elementCount = 0;
  for (const found of [...theirs, ...ours].sort((left, right) => left.number - right.number)) {
    selection.absorb(found, { offset: found.shift, places: elementCount });
    elementCount += found.elementCount;
  }
  const lists = [{ start: 0, end: size, elementCount }];
  return { ...selection.page(), total: selection.total, hasSeveralLists: false, lists };
}
