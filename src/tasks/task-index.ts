import type { SortOrder } from './cursor.ts';
import { Facets } from './facets.ts';
import { nameTest } from './filter.ts';
import type { JsonObject } from './json-values.ts';
import { orderById, orderRows } from './row-order.ts';
import {
  bytesPerRow,
  type Columns,
  columnsOver,
  hasOddTime,
  isNoObject,
  takeIdApart,
} from './scan/columns.ts';
import { fillRow } from './scan/exact-rows.ts';
import type { ListPlace, RowSink, Rows } from './scan/read-lists.ts';
import type { Words } from './scan/words.ts';

/** Columns as `Columns` has them, of one list or of a whole file. Offsets are from `base`. */
export interface RowView {
  readonly base: number;
  readonly start: ArrayLike<number>;
  readonly end: ArrayLike<number>;
  readonly position: ArrayLike<number>;
  readonly flags: ArrayLike<number>;
  readonly idStem: ArrayLike<number>;
  readonly idDigits: ArrayLike<number>;
  readonly idNumber: ArrayLike<number>;
  readonly status: ArrayLike<number>;
  readonly type: ArrayLike<number>;
  readonly agent: ArrayLike<number>;
  readonly priority: ArrayLike<number>;
  readonly score: ArrayLike<number>;
  readonly created: ArrayLike<number>;
}

const firstCapacity = 1024;

/**
 * What is known of every task of a file: where it stands, and its id, status, type, agent and priority, as columns of
 * numbers. About 70 bytes a task, so that a million of them are held and searched in a moment.
 */
export class TaskIndex implements RowSink, RowView {
  readonly base = 0;
  readonly words: Words;
  /** Set when all of them are read. In the order of the file. */
  lists: ListPlace[] = [];
  count = 0;

  start = new Float64Array(firstCapacity);
  end = new Float64Array(firstCapacity);
  /** Place among all elements of the file, from 1. */
  position = new Uint32Array(firstCapacity);
  flags = new Uint8Array(firstCapacity);
  idStem = new Uint32Array(firstCapacity);
  idDigits = new Uint8Array(firstCapacity);
  idNumber = new Float64Array(firstCapacity);
  status = new Uint32Array(firstCapacity);
  type = new Uint32Array(firstCapacity);
  agent = new Uint32Array(firstCapacity);
  priority = new Uint32Array(firstCapacity);
  score = new Float64Array(firstCapacity);
  created = new Float64Array(firstCapacity);
  /** Whether tasks say when they were made in a way that the columns do not hold yet; see `settleTimes`. */
  hasOddTimes = false;
  /** Row number of the first task of each list. */
  readonly #firstRows: number[] = [];
  #elementsBefore = 0;
  #facets: Facets | undefined;
  readonly #orders = new Map<SortOrder, Uint32Array>();

  constructor(words: Words) {
    this.words = words;
  }

  openList(): void {
    this.#firstRows.push(this.count);
  }

  closeList(list: ListPlace): void {
    this.lists.push(list);
    this.#elementsBefore += list.elementCount;
  }

  takeRows({ columns, count, base }: Rows): void {
    while (this.count + count > this.start.length) this.#grow();
    for (let row = 0; row < count; row += 1) {
      const flags = columns.flags[row] ?? 0;
      if ((flags & isNoObject) !== 0) continue;
      const at = this.count;
      this.count += 1;
      this.start[at] = base + (columns.start[row] ?? 0);
      this.end[at] = base + (columns.end[row] ?? 0);
      this.position[at] = this.#elementsBefore + (columns.position[row] ?? 0);
      this.#copy(columns, row, at);
    }
  }

  /** Rows whose times the walker left open. */
  rowsOfOddTimes(): number[] {
    const rows: number[] = [];
    if (!this.hasOddTimes) return rows;
    for (let row = 0; row < this.count; row += 1) if (this.#hasOddTime(row)) rows.push(row);
    return rows;
  }

  /** Takes over what was read of such rows; one that was changed meanwhile knows better. */
  settleTimes(times: ReadonlyMap<number, number>): void {
    for (const [row, time] of times) {
      if (!this.#hasOddTime(row)) continue;
      this.created[row] = time;
      this.flags[row] = (this.flags[row] as number) & ~hasOddTime;
    }
    this.hasOddTimes = false;
  }

  #hasOddTime(row: number): boolean {
    return ((this.flags[row] as number) & hasOddTime) !== 0;
  }

  /** The combinations of words that its tasks have. */
  get facets(): Facets {
    this.#facets ??= new Facets(this, this.count);
    return this.#facets;
  }

  /** Its rows in an order. */
  orderBy(sort: SortOrder): Uint32Array {
    const known = this.#orders.get(sort);
    if (known) return known;
    const order =
      sort === 'id'
        ? orderById(this, this.count, this.words)
        : orderRows(this, this.words, sort, this.orderBy('id'));
    this.#orders.set(sort, order);
    return order;
  }

  /** The list that a row is in. */
  listOf(row: number): ListPlace | undefined {
    return this.lists[this.#firstRows.findLastIndex((first) => first <= row)];
  }

  spanOf(row: number): { start: number; end: number } {
    return { start: this.start[row] ?? 0, end: this.end[row] ?? 0 };
  }

  /** The rows that go by a name: an id, with or without the tag of its list, or `#7`. */
  rowsNamed(name: string): number[] {
    const test = nameTest([name], this.words);
    // Whatever part of it is a tag, a name ends with the digits of the id; only a place (`#7`) is none of an id.
    const { number } = takeIdApart(name);
    const isPlace = name.startsWith('#');
    const rows: number[] = [];
    for (const list of this.lists) {
      const [from, to] = this.rowsOf(list);
      for (let row = from; row < to; row += 1) {
        if ((this.idNumber[row] === number || isPlace) && test?.(this, row, list.tag)) rows.push(row);
      }
    }
    return rows;
  }

  /** Row numbers of a list: from, up to but not including. */
  rowsOf(list: ListPlace): [from: number, to: number] {
    const at = this.lists.indexOf(list);
    return [this.#firstRows[at] ?? 0, this.#firstRows[at + 1] ?? this.count];
  }

  /** The row that begins at an offset. */
  rowAt(start: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.start[middle] ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes over that the bytes of a row, which ended at `end`, have become `length` many. */
  replace(row: number, { end, length }: { end: number; length: number }): void {
    const by = length - (end - (this.start[row] ?? 0));
    this.end[row] = end + by;
    for (let other = row + 1; other < this.count; other += 1) {
      this.start[other] = (this.start[other] ?? 0) + by;
      this.end[other] = (this.end[other] ?? 0) + by;
    }
    for (const list of this.lists) {
      if (list.start >= end) list.start += by;
      if (list.end >= end) list.end += by;
    }
  }

  /** Takes over that `length` bytes were inserted at `at`, and that they hold one more row of the only list. */
  append(list: ListPlace, { start, end, length }: { start: number; end: number; length: number }): void {
    if (this.count === this.start.length) this.#grow();
    const row = this.count;
    this.count += 1;
    this.#orders.clear();
    this.#facets = undefined;
    list.elementCount += 1;
    list.end += length;
    this.start[row] = start;
    this.end[row] = end;
    this.position[row] = list.elementCount;
  }

  /** Reads a row anew from what its entry says. */
  refill(row: number, entry: JsonObject, text: string): void {
    const columns = columnsOver(new ArrayBuffer(bytesPerRow), 0, 1);
    fillRow(columns, 0, this.words, entry, text);
    const isMoved = (['priority', 'score', 'created'] as const).some(
      (name) => this[name][row] !== columns[name][0],
    );
    this.#copy(columns, 0, row);
    this.#facets?.refresh(this, row);
    if (isMoved) this.#orders.clear();
  }

  #copy(columns: Columns, from: number, to: number): void {
    this.flags[to] = columns.flags[from] ?? 0;
    this.idStem[to] = columns.idStem[from] ?? 0;
    this.idDigits[to] = columns.idDigits[from] ?? 0;
    this.idNumber[to] = columns.idNumber[from] ?? 0;
    this.status[to] = columns.status[from] ?? 0;
    this.type[to] = columns.type[from] ?? 0;
    this.agent[to] = columns.agent[from] ?? 0;
    this.priority[to] = columns.priority[from] ?? 0;
    this.score[to] = columns.score[from] ?? 0;
    this.created[to] = columns.created[from] ?? 0;
    if (((columns.flags[from] ?? 0) & hasOddTime) !== 0) this.hasOddTimes = true;
  }

  #grow(): void {
    const longer = <T extends Float64Array | Uint32Array | Uint8Array>(old: T): T => {
      const made = new (old.constructor as new (length: number) => T)(Math.ceil(old.length * 1.5));
      made.set(old);
      return made;
    };
    this.start = longer(this.start);
    this.end = longer(this.end);
    this.position = longer(this.position);
    this.flags = longer(this.flags);
    this.idStem = longer(this.idStem);
    this.idDigits = longer(this.idDigits);
    this.idNumber = longer(this.idNumber);
    this.status = longer(this.status);
    this.type = longer(this.type);
    this.agent = longer(this.agent);
    this.priority = longer(this.priority);
    this.score = longer(this.score);
    this.created = longer(this.created);
  }
}

/** The words that a file uses for a fact, in the order in which they first appear. */
export function wordsIn(index: TaskIndex, role: 'status' | 'type' | 'agent' | 'priority'): string[] {
  const codes = new Set<number>();
  const column = index[role];
  for (let row = 0; row < index.count; row += 1) codes.add(column[row] ?? 0);
  codes.delete(0);
  return [...codes].map((code) => index.words.textOf(code));
}
