import { type Cursor, decodeCursor, encodeCursor, invalidCursor, type SortOrder } from './cursor.ts';
import { type OnRefusal, RowFilter, rankingOf, unratedRank } from './filter.ts';
import { hasId, hasOddTime, hasScore, putIdTogether } from './scan/columns.ts';
import type { Words } from './scan/words.ts';
import { compareButPlace, compareStandings, compareTexts, type Standing, standingOf } from './standing.ts';
import type { RowView } from './task-index.ts';
import type { TaskFilter } from './types.ts';

/** A row that was chosen, detached from the columns that it stood in. */
export interface Chosen {
  /** Byte offsets in the file. */
  start: number;
  end: number;
  tag: string | undefined;
  /** As the file spells it; undefined where it has none. */
  ownId: string | undefined;
  /** Place among all elements of the file, from 1. */
  position: number;
  standing: Standing;
}

/** So many rows are kept beyond the page before the kept ones are sorted. */
const slack = 64;
/** So many rows are looked at together. */
const blockSize = 4096;
/** A rank that no row is behind. */
const lastRank = 3;

interface SelectionOptions {
  position?: number | undefined;
  onRefusal?: OnRefusal | undefined;
}

/**
 * Chooses the first tasks, in an order, that a filter lets through, and counts all of them; rows come in any portions.
 * However many rows there are, only about a page of them is kept.
 *
 * Tasks of equal rank are in the order of their ids: by what stands before the digits at their end, then by these
 * digits as a number. So the order depends on nothing but the task itself, and a cursor stays right when others change.
 */
export class Selection {
  total = 0;
  readonly #sort: SortOrder;
  readonly #limit: number;
  readonly #words: Words;
  readonly #filter: RowFilter;
  readonly #block = new Uint32Array(blockSize);
  readonly #rankOf: (code: number) => number | undefined;
  /** Rows up to the first bound were on pages before, rows behind the second one are not on this page. */
  readonly #after: Bound | undefined;
  readonly #cursor: Cursor | undefined;
  /** Rows so far that do not differ from the cursor in anything that is sorted by. */
  #likeCursor = 0;
  #worst: Bound | undefined;
  /** Rows of a rank behind this one need no closer look. */
  #worstRank = lastRank;
  #kept: Chosen[] = [];

  /**
   * @param options.position where the task stands now that the cursor was made for, where the order is that of the file
   * @throws INVALID_CURSOR
   */
  constructor(filter: TaskFilter, words: Words, { position, onRefusal }: SelectionOptions = {}) {
    this.#sort = filter.sort ?? 'priority';
    // One more than the page tells whether there is another page.
    this.#limit = (filter.limit ?? Number.POSITIVE_INFINITY) + 1;
    this.#words = words;
    this.#filter = new RowFilter(filter, words, onRefusal);
    this.#rankOf = rankingOf(words);
    if (filter.cursor === undefined) return;
    const cursor = decodeCursor(filter.cursor);
    if (cursor.sort !== this.#sort) {
      throw invalidCursor(`this cursor continues a list sorted by ${cursor.sort}, not by ${this.#sort}`);
    }
    this.#cursor = position === undefined ? cursor : { ...cursor, key: [position] };
    this.#after = this.#boundOf(standingOf(this.#cursor));
  }

  /**
   * @param isMatch asked of rows that the columns let through, where they do not tell all
   * @param createdOf when a task was made, in milliseconds; asked where the columns do not tell
   */
  takeRows(
    view: RowView,
    [from, to]: readonly [number, number],
    { tag, isMatch, createdOf }: RowContext,
  ): void {
    for (let start = from; start < to; start += blockSize) {
      const count = this.#filter.select(view, [start, Math.min(to, start + blockSize)], tag, this.#block);
      for (let at = 0; at < count; at += 1) {
        const row = this.#block[at] as number;
        if (isMatch && !isMatch(row)) continue;
        this.total += 1;
        if (
          this.#worstRank < lastRank &&
          (this.#rankOf(view.priority[row] as number) ?? unratedRank) > this.#worstRank
        )
          continue;
        const key = this.#keyOf(view, row, createdOf);
        if (this.#wasShown(view, row, key)) continue;
        if (this.#worst && this.#compare(view, row, key, this.#worst) > 0) continue;
        this.#kept.push(this.#detach(view, row, tag, key));
        if (this.#kept.length >= this.#limit + slack) this.#prune();
      }
    }
  }

  /**
   * Takes rows in the order that is wanted already, and no more of them than a page needs.
   */
  takeOrdered(view: RowView, order: Uint32Array, { total, isMatch, tagOf }: OrderedContext): void {
    let left = total;
    for (let at = this.#firstAfter(view, order); at < order.length; at += 1) {
      const row = order[at] as number;
      if (!isMatch(row)) continue;
      left -= 1;
      const key = this.#keyOf(view, row, undefined);
      if (!this.#wasShown(view, row, key)) this.#kept.push(this.#detach(view, row, tagOf(row), key));
      if (this.#kept.length === this.#limit || left === 0) return;
    }
  }

  /** Where rows begin that no page before has shown, or that differ from the last one shown in place only. */
  #firstAfter(view: RowView, order: Uint32Array): number {
    if (!this.#after) return 0;
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = order[middle] as number;
      if (this.#compareButPlace(view, row, this.#keyOf(view, row, undefined), this.#after) < 0)
        low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** What is kept so far: the rows of a page, and one more where there is more. */
  rows(): Chosen[] {
    this.#prune();
    return this.#kept;
  }

  /**
   * Takes over what another selection by the same filter found further on in the file.
   * @param shift what is to be added to its offsets, and to its places
   */
  absorb(
    { rows, total }: { rows: readonly Chosen[]; total: number },
    shift: { offset: number; places: number },
  ): void {
    this.total += total;
    for (const row of rows) {
      const position = row.position + shift.places;
      // By place is what the order of the file is sorted by.
      const key = this.#sort === 'file' ? [position] : row.standing.key;
      const [start, end] = [row.start + shift.offset, row.end + shift.offset];
      this.#kept.push({ ...row, start, end, position, standing: { ...row.standing, key, position } });
    }
  }

  /** The page, and the cursor of the next one where there is more. */
  page(): { chosen: Chosen[]; nextCursor?: string } {
    this.#prune();
    const pageSize = this.#limit - 1;
    const chosen = this.#kept.slice(0, pageSize);
    const last = chosen.at(-1);
    if (!last || this.#kept.length <= pageSize) return { chosen };
    return { chosen, nextCursor: encodeCursor(this.#cursorAfter(last, chosen)) };
  }

  #cursorAfter({ ownId, tag, standing }: Chosen, page: readonly Chosen[]): Cursor {
    const alike = page.filter((row) => compareButPlace(row.standing, standing) === 0).length;
    const isLikeCursor = this.#after !== undefined && compareButPlace(this.#after.standing, standing) === 0;
    const shown = alike + (isLikeCursor ? (this.#cursor?.shown ?? 0) : 0);
    return { sort: this.#sort, key: [...standing.key], id: ownId, tag, shown };
  }

  #prune(): void {
    this.#kept.sort((left, right) => compareStandings(left.standing, right.standing));
    if (this.#kept.length < this.#limit) return;
    this.#kept.length = this.#limit;
    const worst = this.#kept.at(-1);
    this.#worst = worst && this.#boundOf(worst.standing);
    if (this.#sort === 'priority') this.#worstRank = worst?.standing.key[0] ?? lastRank;
  }

  /** Compares a row with a bound without making anything of it: this is done a million times. */
  #compare(view: RowView, row: number, key: readonly number[], bound: Bound): number {
    return (
      this.#compareButPlace(view, row, key, bound) || (view.position[row] ?? 0) - bound.standing.position
    );
  }

  /** Whether a page before had this row. Rows come in the order of the file, so that equal ones are counted. */
  #wasShown(view: RowView, row: number, key: readonly number[]): boolean {
    if (!this.#after) return false;
    const order = this.#compareButPlace(view, row, key, this.#after);
    if (order !== 0) return order < 0;
    this.#likeCursor += 1;
    return this.#likeCursor <= (this.#cursor?.shown ?? 0);
  }

  #compareButPlace(view: RowView, row: number, key: readonly number[], bound: Bound): number {
    const { standing } = bound;
    for (let part = 0; part < key.length; part += 1) {
      const difference = (key[part] ?? 0) - (standing.key[part] ?? 0);
      if (difference !== 0) return difference;
    }
    const isNameless = ((view.flags[row] ?? 0) & hasId) === 0;
    if (isNameless !== standing.isNameless) return isNameless ? 1 : -1;
    if (!isNameless) {
      const stem = view.idStem[row] ?? 0;
      if (stem !== bound.stemCode) return this.#compareStems(stem, bound);
      const difference = (view.idNumber[row] ?? 0) - standing.number;
      if (difference !== 0) return difference;
      return standing.digits - (view.idDigits[row] ?? 0);
    }
    return 0;
  }

  #compareStems(code: number, { standing, stemOrders }: Bound): number {
    const known = stemOrders.get(code);
    if (known !== undefined) return known;
    const order = compareTexts(this.#words.textOf(code), standing.stem);
    stemOrders.set(code, order);
    return order;
  }

  #keyOf(view: RowView, row: number, createdOf: RowContext['createdOf']): readonly number[] {
    if (this.#sort === 'priority') {
      const rank = this.#rankOf(view.priority[row] ?? 0) ?? unratedRank;
      if (((view.flags[row] ?? 0) & hasScore) === 0) return plainKeys[rank] ?? [rank, 0];
      return [rank, 0 - (view.score[row] ?? 0)];
    }
    if (this.#sort === 'created') {
      const isOdd = ((view.flags[row] ?? 0) & hasOddTime) !== 0;
      return [isOdd && createdOf ? createdOf(row) : (view.created[row] ?? 0)];
    }
    return this.#sort === 'file' ? [view.position[row] ?? 0] : noKey;
  }

  #detach(view: RowView, row: number, tag: string | undefined, key: readonly number[]): Chosen {
    const position = view.position[row] ?? 0;
    const isNameless = ((view.flags[row] ?? 0) & hasId) === 0;
    const stem = isNameless ? '' : this.#words.textOf(view.idStem[row] ?? 0);
    const digits = view.idDigits[row] ?? 0;
    const number = view.idNumber[row] ?? 0;
    return {
      start: view.base + (view.start[row] ?? 0),
      end: view.base + (view.end[row] ?? 0),
      tag,
      ownId: isNameless ? undefined : putIdTogether(stem, digits, number),
      position,
      standing: { key, isNameless, stem, number, digits, position },
    };
  }

  #boundOf(standing: Standing): Bound {
    const stemCode = standing.isNameless ? 0 : this.#words.codeOf(standing.stem, false);
    return { standing, stemCode, stemOrders: new Map() };
  }
}

/** A standing that rows are compared with, and how the words that ids begin with compare with its own. */
interface Bound {
  standing: Standing;
  stemCode: number;
  stemOrders: Map<number, number>;
}

const noKey: readonly number[] = [];
const plainKeys: readonly (readonly number[])[] = [0, 1, 2, 3].map((rank) => [rank, 0]);

export interface OrderedContext {
  /** How many rows match: when so many were met, there are no more. */
  total: number;
  isMatch(row: number): boolean;
  /** The tag of the list that a row is in. */
  tagOf(row: number): string | undefined;
}

export interface RowContext {
  tag: string | undefined;
  isMatch?: ((row: number) => boolean) | undefined;
  createdOf?: ((row: number) => number) | undefined;
}

/** The id of a row as the file spells it. */
export function ownIdOf(view: RowView, row: number, words: Words): string | undefined {
  if (((view.flags[row] ?? 0) & hasId) === 0) return undefined;
  return putIdTogether(words.textOf(view.idStem[row] ?? 0), view.idDigits[row] ?? 0, view.idNumber[row] ?? 0);
}
