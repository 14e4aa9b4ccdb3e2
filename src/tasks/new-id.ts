/** Ids of new entries: the next one in the style of those that exist. */

export interface ExistingId {
  /** As the file spells it, without quotes. */
  text: string;
  isNumber: boolean;
}

const numbered = /^(.*?)(\d+)$/su;
const firstId = 'T-001';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Continues the numbering that most ids share (`T-009` gives `T-010`; with prefixes of equal use the later one
 * wins), keeping zero padding and the JSON type. Where the ids are uuids, `freshUuid` is taken; where there is
 * no numbering at all, one begins at `T-001`.
 * @param ids those of the list that the entry joins, in the order of the file
 * @returns a bigint for a number, which may be larger than a JavaScript number can hold
 */
export function nextId(ids: readonly ExistingId[], freshUuid: string): string | bigint {
  const series = commonSeries(ids);
  if (!series) return ids.some(({ text }) => uuid.test(text)) ? freshUuid : firstId;
  const { prefix, numbers, isNumber } = series;
  const largest = largestOf(numbers);
  if (isNumber) return largest + 1n;
  const width = numbers.reduce(
    (widest, digits) => (digits.startsWith('0') ? Math.max(widest, digits.length) : widest),
    0,
  );
  return prefix + String(largest + 1n).padStart(width, '0');
}

interface Series {
  prefix: string;
  /** Whether the last of them is a number. */
  isNumber: boolean;
  /** The digits as written. */
  numbers: string[];
}

function commonSeries(ids: readonly ExistingId[]): Series | undefined {
  const series = new Map<string, Series>();
  for (const { text, isNumber } of ids) {
    const [, prefix, digits] = numbered.exec(text) ?? [];
    if (prefix === undefined || digits === undefined || uuid.test(text)) continue;
    if (isNumber && prefix !== '') continue; // negative or broken: no numbering to continue
    const numbers = series.get(prefix)?.numbers ?? [];
    numbers.push(digits);
    series.delete(prefix); // the order of the map is that of the last use
    series.set(prefix, { prefix, isNumber, numbers });
  }
  const all = [...series.values()];
  const most = all.reduce((longest, { numbers }) => Math.max(longest, numbers.length), 0);
  return all.findLast(({ numbers }) => numbers.length === most);
}

/** `Math.max` cannot hold what an id may be. */
function largestOf(numbers: readonly string[]): bigint {
  let largest = 0n;
  for (const number of numbers.map(BigInt)) if (number > largest) largest = number;
  return largest;
}
