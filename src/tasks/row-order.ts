import type { SortOrder } from './cursor.ts';
import { rankingOf, unratedRank } from './filter.ts';
import { hasId, hasScore, never } from './scan/columns.ts';
import type { Words } from './scan/words.ts';
import { compareTexts } from './standing.ts';
import type { RowView } from './task-index.ts';

/** The rows of an index in the order of a list, so that a page is read off its beginning. */

type Comparison = (left: number, right: number) => number;

/**
 * @param byId the rows in the order of their ids, which every other order falls back on
 * @returns row numbers in the order that `Selection` gives them
 */
export function orderRows(
  view: RowView,
  words: Words,
  sort: Exclude<SortOrder, 'id'>,
  byId: Uint32Array,
): Uint32Array {
  if (sort === 'file') return inFileOrder(byId.length);
  return sort === 'created' ? orderByTime(view, byId) : orderByUrgency(view, words, byId);
}

/** By id, and those of one id, or of none, as they stand in the file. That is mostly the order of the file. */
export function orderById(view: RowView, count: number, words: Words): Uint32Array {
  const order = inFileOrder(count);
  const compare = idComparison(view, words);
  const inOrder: Comparison = (left, right) => compare(left, right) || left - right;
  return isSorted(order, inOrder) ? order : order.sort(inOrder);
}

function inFileOrder(count: number): Uint32Array {
  const order = new Uint32Array(count);
  for (let row = 0; row < count; row += 1) order[row] = row;
  return order;
}

function orderByUrgency(view: RowView, words: Words, byId: Uint32Array): Uint32Array {
  const rankOf = rankingOf(words);
  const scoreOf = (row: number) =>
    ((view.flags[row] as number) & hasScore) === 0 ? 0 : (view.score[row] as number);
  const scored = byId.some((row) => scoreOf(row) !== 0)
    ? stableSort(byId, (a, b) => scoreOf(b) - scoreOf(a))
    : byId;
  return deal(scored, 4, (row) => rankOf(view.priority[row] as number) ?? unratedRank);
}

const digit = 2 ** 16;
/** Times up to here, and `never`, are dealt out digit by digit; others are compared. */
const latest = digit ** 3 - 1;

function orderByTime(view: RowView, byId: Uint32Array): Uint32Array {
  const times = view.created;
  const isPlain = byId.every((row) => {
    const time = times[row] as number;
    return time === never || (time >= 0 && time < latest && Number.isInteger(time));
  });
  if (!isPlain) return stableSort(byId, (left, right) => (times[left] as number) - (times[right] as number));
  const keyOf = (row: number) => Math.min(times[row] as number, latest);
  let order = byId;
  for (let unit = 1; unit < latest; unit *= digit) {
    order = deal(order, digit, (row) => Math.floor(keyOf(row) / unit) % digit);
  }
  return order;
}

/** Deals rows out to so many piles and takes them up again, pile after pile; within a pile they keep their order. */
function deal(rows: Uint32Array, piles: number, pileOf: (row: number) => number): Uint32Array {
  const ends = new Uint32Array(piles + 1);
  for (const row of rows) {
    const pile = pileOf(row) + 1;
    ends[pile] = (ends[pile] as number) + 1;
  }
  for (let pile = 1; pile <= piles; pile += 1)
    ends[pile] = (ends[pile] as number) + (ends[pile - 1] as number);
  const dealt = new Uint32Array(rows.length);
  for (const row of rows) {
    const pile = pileOf(row);
    const at = ends[pile] as number;
    dealt[at] = row;
    ends[pile] = at + 1;
  }
  return dealt;
}

/** Sorting typed arrays is stable since ES2019. */
function stableSort(rows: Uint32Array, compare: Comparison): Uint32Array {
  return isSorted(rows, compare) ? rows : rows.toSorted(compare);
}

function isSorted(rows: Uint32Array, compare: Comparison): boolean {
  for (let at = 1; at < rows.length; at += 1) {
    if (compare(rows[at - 1] as number, rows[at] as number) > 0) return false;
  }
  return true;
}

function idComparison(view: RowView, words: Words): Comparison {
  return (left, right) => {
    const isNameless = ((view.flags[left] as number) & hasId) === 0;
    const isOtherNameless = ((view.flags[right] as number) & hasId) === 0;
    if (isNameless || isOtherNameless) return Number(isNameless) - Number(isOtherNameless);
    const stem = view.idStem[left] as number;
    const otherStem = view.idStem[right] as number;
    if (stem !== otherStem) return compareTexts(words.textOf(stem), words.textOf(otherStem));
    return (
      (view.idNumber[left] as number) - (view.idNumber[right] as number) ||
      (view.idDigits[right] as number) - (view.idDigits[left] as number)
    );
  };
}
