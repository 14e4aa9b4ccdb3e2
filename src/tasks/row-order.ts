import type { SortOrder } from './cursor.ts';
import { rankingOf, unratedRank } from './filter.ts';
import { hasId, hasScore } from './scan/columns.ts';
import type { Words } from './scan/words.ts';
import { compareTexts } from './standing.ts';
import type { RowView } from './task-index.ts';

/** The rows of an index in the order of a list, so that a page is read off its beginning. */

/** @returns row numbers in the order that `Selection` gives them */
export function orderRows(view: RowView, count: number, words: Words, sort: SortOrder): Uint32Array {
  if (sort === 'file') return Uint32Array.from({ length: count }, (_, row) => row);
  const compareIds = idComparison(view, words);
  const rankOf = rankingOf(words);
  const keyOf = (row: number) =>
    sort === 'priority' ? (rankOf(view.priority[row] as number) ?? unratedRank) : 0;
  const scoreOf = (row: number) =>
    ((view.flags[row] as number) & hasScore) === 0 ? 0 : (view.score[row] as number);
  const earlier = (left: number, right: number) =>
    (view.created[left] as number) - (view.created[right] as number);
  const byKey =
    sort === 'priority'
      ? (left: number, right: number) => scoreOf(right) - scoreOf(left)
      : sort === 'created'
        ? earlier
        : () => 0;
  const inOrder = (left: number, right: number) =>
    byKey(left, right) || compareIds(left, right) || left - right;
  // Ranks are few: rows are dealt out to them, which keeps the order of the file, and that is mostly the order of ids.
  const dealt = [0, 0, 0, 0, 0];
  for (let row = 0; row < count; row += 1) dealt[keyOf(row) + 1] = (dealt[keyOf(row) + 1] ?? 0) + 1;
  for (let rank = 1; rank < dealt.length; rank += 1)
    dealt[rank] = (dealt[rank] ?? 0) + (dealt[rank - 1] ?? 0);
  const starts = [...dealt];
  const order = new Uint32Array(count);
  for (let row = 0; row < count; row += 1) {
    const rank = keyOf(row);
    order[starts[rank] as number] = row;
    starts[rank] = (starts[rank] as number) + 1;
  }
  for (let rank = 0; rank + 1 < dealt.length; rank += 1) {
    const part = order.subarray(dealt[rank], dealt[rank + 1]);
    if (!isSorted(part, inOrder)) part.sort(inOrder);
  }
  return order;
}

function isSorted(rows: Uint32Array, compare: (left: number, right: number) => number): boolean {
  for (let at = 1; at < rows.length; at += 1) {
    if (compare(rows[at - 1] as number, rows[at] as number) > 0) return false;
  }
  return true;
}

function idComparison(view: RowView, words: Words): (left: number, right: number) => number {
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
