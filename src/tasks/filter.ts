import { priorityRank } from './dialects.ts';
import { hasId, hasScore, takeIdApart } from './scan/columns.ts';
import type { WordColumn } from './scan/walker.ts';
import type { Words } from './scan/words.ts';
import type { RowView } from './task-index.ts';
import type { TaskFilter } from './types.ts';
import { matchesGlob } from './words.ts';

/** Says of rows whether a filter lets them through. `tag` is that of the list, where it has one. */
export type RowTest = (view: RowView, row: number, tag: string | undefined) => boolean;

type Pattern = string | readonly string[] | undefined;

/** Hears of every word that a filter refuses, so that rows with it in this column need not be brought. */
export type OnRefusal = (code: number, column: WordColumn) => void;

/** How urgent a task without a known priority counts as: like medium. */
export const unratedRank = 2;

const no = 0;
const yes = 1;
const unknown = 2;

/**
 * Which rows a filter lets through, as far as columns tell; `text` they do not.
 *
 * Patterns are lists or `|` alternatives of globs; `*` is any value, also none. What is empty restricts nothing.
 * Words are compared without case, and `in-progress` is `in_progress`. A priority also matches by its rank:
 * `critical`, `urgent` and `P0` are one.
 */
export class RowFilter {
  readonly #words: WordFilter[];
  readonly #name: RowTest | undefined;

  constructor(filter: TaskFilter, words: Words, onRefusal?: OnRefusal) {
    this.#words = (['agent', 'status', 'type', 'priority'] as const).flatMap((column) => {
      const globs = restrictionsOf(filter[column]);
      return globs.length === 0 ? [] : [new WordFilter(column, words, { globs, onRefusal })];
    });
    this.#name = nameTest(filter.ids ?? [], words);
  }

  /** Whether names decide, too, and not words alone. */
  get hasNames(): boolean {
    return this.#name !== undefined;
  }

  /**
   * Decides by words alone.
   * @returns undefined where a task of these words may have a score that decides
   */
  allows(words: Record<WordColumn, number>): boolean | undefined {
    for (const one of this.#words) {
      const verdict = one.allows(words);
      if (verdict !== true) return verdict;
    }
    return true;
  }

  /**
   * Writes the rows that pass into `kept`, which has room for all of them. Column by column, because that is how a
   * million rows are looked at in a few milliseconds.
   * @returns how many they are
   */
  select(
    view: RowView,
    [from, to]: readonly [number, number],
    tag: string | undefined,
    kept: Uint32Array,
  ): number {
    const [first, ...others] = this.#words;
    let count = first ? first.selectAll(view, from, to, kept) : fill(kept, from, to);
    for (const words of others) count = words.select(view, kept, count);
    if (!this.#name) return count;
    let named = 0;
    for (let at = 0; at < count; at += 1) {
      const row = kept[at] as number;
      if (this.#name(view, row, tag)) kept[named++] = row;
    }
    return named;
  }
}

function fill(kept: Uint32Array, from: number, to: number): number {
  for (let row = from; row < to; row += 1) kept[row - from] = row;
  return to - from;
}

/** Judges each word of a column once, whatever number of tasks has it. */
class WordFilter {
  readonly #column: WordColumn;
  readonly #words: Words;
  readonly #globs: readonly string[];
  readonly #onRefusal: OnRefusal | undefined;
  readonly #ranks: ReadonlySet<number>;
  /** By code. A task without a word has a verdict of its own where its score stands for a priority. */
  #verdicts = new Uint8Array(64).fill(unknown);

  constructor(
    column: WordColumn,
    words: Words,
    { globs, onRefusal }: { globs: readonly string[]; onRefusal?: OnRefusal | undefined },
  ) {
    this.#column = column;
    this.#onRefusal = onRefusal;
    this.#words = words;
    this.#globs = globs;
    this.#ranks = new Set(column === 'priority' ? globs.flatMap((glob) => priorityRank(glob) ?? []) : []);
    if (column === 'priority') return;
    this.#verdicts[0] = no;
    onRefusal?.(0, column);
  }

  selectAll(view: RowView, from: number, to: number, kept: Uint32Array): number {
    const column = view[this.#column];
    let verdicts = this.#verdicts;
    let passed = 0;
    for (let row = from; row < to; row += 1) {
      let verdict = verdicts[column[row] as number] ?? unknown;
      if (verdict === unknown) {
        verdict = this.#verdictOf(view, row, column[row] as number);
        verdicts = this.#verdicts;
      }
      // Counting instead of branching: what passes is not to be foreseen, and a wrong guess costs more than a write.
      kept[passed] = row;
      passed += verdict;
    }
    return passed;
  }

  select(view: RowView, kept: Uint32Array, count: number): number {
    const column = view[this.#column];
    let verdicts = this.#verdicts;
    let passed = 0;
    for (let at = 0; at < count; at += 1) {
      const row = kept[at] as number;
      let verdict = verdicts[column[row] as number] ?? unknown;
      if (verdict === unknown) {
        verdict = this.#verdictOf(view, row, column[row] as number);
        verdicts = this.#verdicts;
      }
      kept[passed] = row;
      passed += verdict;
    }
    return passed;
  }

  /** @returns undefined where there is no word and a score may stand for it */
  allows(words: Record<WordColumn, number>): boolean | undefined {
    const code = words[this.#column];
    if (code === 0 && this.#column === 'priority') return undefined;
    const known = this.#verdicts[code] ?? unknown;
    return (known === unknown ? this.#judge(code) : known) === yes;
  }

  #verdictOf(view: RowView, row: number, code: number): number {
    if (code !== 0) return this.#judge(code);
    const hasOwnScore = ((view.flags[row] ?? 0) & hasScore) !== 0;
    return hasOwnScore && this.#isWanted(String(view.score[row])) ? yes : no;
  }

  #judge(code: number): number {
    if (code >= this.#verdicts.length) {
      const longer = new Uint8Array(2 * code).fill(unknown);
      longer.set(this.#verdicts);
      this.#verdicts = longer;
    }
    const word = this.#words.textOf(code);
    const rank = this.#ranks.size === 0 ? undefined : rankOfWord(this.#words, code);
    const isWanted = this.#isWanted(word) || (rank !== undefined && this.#ranks.has(rank));
    this.#verdicts[code] = isWanted ? yes : no;
    if (!isWanted) this.#onRefusal?.(code, this.#column);
    return isWanted ? yes : no;
  }

  #isWanted(word: string): boolean {
    return this.#globs.some((glob) => matchesGlob(glob, word));
  }
}

/** A number is one of P0 to P3. */
function rankOfWord(words: Words, code: number): number | undefined {
  return priorityRank(words.isNumber(code) ? `P${words.textOf(code)}` : words.textOf(code));
}

/** Case-insensitive search in a task's title and description. */
export function textTestOf(text: string): (title: string, description: string) => boolean {
  const wanted = text.toLowerCase();
  return (title, description) =>
    title.toLowerCase().includes(wanted) || description.toLowerCase().includes(wanted);
}

/** How urgent a word makes a task, the smaller the sooner; a number is one of P0 to P3. Each word is judged once. */
export function rankingOf(words: Words): (code: number) => number | undefined {
  const ranks: (number | undefined)[] = [undefined];
  return (code) => {
    if (code < ranks.length) return ranks[code];
    for (let next = ranks.length; next <= code; next += 1) {
      ranks[next] = rankOfWord(words, next);
    }
    return ranks[code];
  };
}

function alternativesOf(pattern: Pattern): string[] {
  const patterns = typeof pattern === 'string' ? [pattern] : (pattern ?? []);
  return patterns.flatMap((one) => one.split('|').map((word) => word.trim())).filter((word) => word !== '');
}

/** The globs of a pattern; none where it lets everything through. */
function restrictionsOf(pattern: Pattern): string[] {
  const globs = alternativesOf(pattern);
  return globs.includes('*') ? [] : globs;
}

/** Names as tasks go by: their own id, with or without the tag of their list, or `#7`, the place in the file. */
export function nameTest(names: readonly string[], words: Words): RowTest | undefined {
  if (names.length === 0) return undefined;
  const wanted = names.flatMap((name) => {
    const places = /^#(\d+)$/.exec(name);
    const own = { ...takeIdApart(name), tag: undefined, position: Number(places?.[1] ?? Number.NaN) };
    const tagged = [...name.matchAll(/\//g)].map(({ index }) => ({
      ...takeIdApart(name.slice(index + 1)),
      tag: name.slice(0, index),
      position: Number.NaN,
    }));
    return [own, ...tagged];
  });
  const numbers = Float64Array.from(wanted, ({ number }) => number);
  const positions = Float64Array.from(wanted, ({ position }) => position);
  // Asked of every row: a number that differs, which is nearly always so, must cost next to nothing.
  return (view, row, tag) => {
    if (((view.flags[row] as number) & hasId) === 0) return positions.includes(view.position[row] as number);
    const number = view.idNumber[row] as number;
    for (let at = numbers.indexOf(number); at !== -1; at = numbers.indexOf(number, at + 1)) {
      const name = wanted[at];
      const isTag = name?.tag === undefined || name.tag === tag;
      if (
        isTag &&
        view.idDigits[row] === name?.digits &&
        words.textOf(view.idStem[row] as number) === name?.stem
      )
        return true;
    }
    return false;
  };
}
