/** Ids of new entries: the next one in the style of those that exist. */

import { putIdTogether } from './scan/columns.ts';

const firstId = 'T-001';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Ids that differ only in the number at their end. */
interface Series {
  prefix: string;
  largest: bigint;
  /** Digits of those that are padded with zeros; 0 where none is. */
  paddedDigits: number;
  count: number;
  /** Whether the last of them is a number in the file. */
  isNumber: boolean;
}

/** Ids of one stem, as an index has them: what stands before their last digits (15 at most), and those digits. */
export interface IdsOfStem {
  stem: string;
  count: number;
  largestNumber: number;
  /** Digits of the id with the largest number. */
  digits: number;
  paddedDigits: number;
  lastIsNumber: boolean;
}

/**
 * Continues the numbering that most ids share (`T-009` gives `T-010`; of prefixes in equal use the later one wins),
 * keeping zero padding and the JSON type. Where the ids are random, so is the new one, from `freshUuid`; where there is no numbering
 * at all, one begins at `T-001`.
 * @param stems in the order of their last use
 * @returns a bigint for a number, which may be larger than a JavaScript number can hold
 */
export function nextId(stems: readonly IdsOfStem[], freshUuid: string): string | bigint {
  const all = seriesOf(stems.filter((one) => !isUuid(one)));
  const most = all.reduce((longest, { count }) => Math.max(longest, count), 0);
  const series = all.findLast(({ count }) => count === most);
  const random = most <= 1 && randomLike(stems, freshUuid);
  if (random) return random;
  if (!series) return stems.some(isUuid) ? freshUuid : firstId;
  const next = series.largest + 1n;
  return series.isNumber ? next : series.prefix + String(next).padStart(series.paddedDigits, '0');
}

/** Where all ids are a prefix and some random letters and digits (`bd-a3f8`): another one of that length. */
function randomLike(stems: readonly IdsOfStem[], freshUuid: string): string | undefined {
  const parts = stems.map((one) => /^([a-z]+-)([0-9a-z]{3,12})$/.exec(nameOf(one)));
  const [, prefix, letters = ''] = parts[0] ?? [];
  const isStyle = parts.every((part) => part?.[1] === prefix && part?.[2]?.length === letters.length);
  if (
    prefix === undefined ||
    !isStyle ||
    !parts.some((part) => /\d.*[a-z]|[a-z].*\d/.test(part?.[2] ?? ''))
  ) {
    return undefined;
  }
  return prefix + freshUuid.replaceAll('-', '').slice(0, letters.length);
}

function nameOf({ stem, digits, largestNumber }: IdsOfStem): string {
  return putIdTogether(stem, digits, largestNumber);
}

function isUuid(ids: IdsOfStem): boolean {
  return uuid.test(nameOf(ids));
}

/** Stems that differ in digits at their end belong to one series: only the last 15 digits are no part of a stem. */
function seriesOf(stems: readonly IdsOfStem[]): Series[] {
  const all = new Map<string, Series>();
  for (const { stem, count, largestNumber, digits, paddedDigits, lastIsNumber } of stems) {
    const [, prefix = '', leading = ''] = /^(.*?)(\d*)$/su.exec(stem) ?? [];
    if (digits === 0) continue;
    if (lastIsNumber && prefix !== '') continue; // negative or broken: no numbering to continue
    const number = BigInt(leading + String(largestNumber).padStart(digits, '0'));
    const padded = leading.startsWith('0') ? leading.length + digits : leading === '' ? paddedDigits : 0;
    const known = all.get(prefix) ?? { prefix, largest: 0n, paddedDigits: 0, count: 0, isNumber: false };
    all.delete(prefix); // the order of the map is that of the last use
    all.set(prefix, {
      prefix,
      largest: number > known.largest ? number : known.largest,
      paddedDigits: Math.max(known.paddedDigits, padded),
      count: known.count + count,
      isNumber: lastIsNumber,
    });
  }
  return [...all.values()];
}
