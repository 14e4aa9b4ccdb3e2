import type { Cursor } from './cursor.ts';
import { takeIdApart } from './scan/columns.ts';

/** Where a row stands in the order: the smaller the sooner, part after part. */
export interface Standing {
  /** What is sorted by, where that is not the id. */
  key: readonly number[];
  /** Tasks without an id come last. */
  isNameless: boolean;
  stem: string;
  number: number;
  digits: number;
  position: number;
}

/** Made when it is first needed: it takes 4 MB, and most boards have ids of one kind. */
let naturalOrder: Intl.Collator | undefined;

/** That of a cursor: its place is not known, and does not count. */
export function standingOf({ key, id }: Cursor): Standing {
  return { key, isNameless: id === undefined, ...takeIdApart(id ?? ''), position: 0 };
}

export function compareStandings(left: Standing, right: Standing): number {
  return compareButPlace(left, right) || left.position - right.position;
}

export function compareButPlace(left: Standing, right: Standing): number {
  for (const [part, value] of left.key.entries()) {
    const difference = value - (right.key[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return (
    Number(left.isNameless) - Number(right.isNameless) ||
    compareTexts(left.stem, right.stem) ||
    left.number - right.number ||
    right.digits - left.digits
  );
}

/** As people count; where they see no difference, by code units. */
export function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  naturalOrder ??= new Intl.Collator('en', { numeric: true });
  return naturalOrder.compare(left, right) || Number(left > right) - Number(left < right);
}
