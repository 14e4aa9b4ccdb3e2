import { type Covered, percentOf } from './coverage.ts';
import type { Coverage } from './types.ts';
import { Unreadable } from './unreadable.ts';

/** One kind of thing that a record counts, by what tells its entries apart: lines, functions or branches. */
class Part {
  readonly hits = new Map<string | number, boolean>();
  /** Of the different entries, those that were hit. */
  #covered = 0;
  /** Every entry, also where one stands twice. */
  readonly listed: Covered = { total: 0, covered: 0 };
  /** Counters of the record; a file may have none. */
  declared: Partial<Covered> = {};

  add(key: string | number, hit: boolean): void {
    const wasHit = this.hits.get(key);
    if (wasHit === undefined || (hit && !wasHit)) this.hits.set(key, hit);
    if (hit && !wasHit) this.#covered++;
    this.listed.total++;
    if (hit) this.listed.covered++;
  }

  /** Notes what is there and was not run as long as nothing else is said of it. */
  mention(key: string | number): void {
    if (!this.hits.has(key)) this.hits.set(key, false);
  }

  get unique(): Covered {
    return { total: this.hits.size, covered: this.#covered };
  }
}

const parts = ['lines', 'functions', 'branches'] as const;
type PartName = (typeof parts)[number];
type Parts = Record<PartName, Part>;
/** What came of the records of one file. */
type Counted = Record<PartName, { hits: Kept; counts: Covered }>;

const counters: Readonly<Record<string, [PartName, keyof Covered]>> = {
  LF: ['lines', 'total'],
  LH: ['lines', 'covered'],
  FNF: ['functions', 'total'],
  FNH: ['functions', 'covered'],
  BRF: ['branches', 'total'],
  BRH: ['branches', 'covered'],
};

/** The files of a tracefile. Records of the same file (one per test name, or per suite) are united. */
export class LcovFiles {
  /** Whether any record names its test, be it with nothing: nearly all tools but llvm-cov do. */
  namesTests = false;
  readonly #files = new Map<string, Counted>();
  #open: { file: string; parts: Parts } | undefined;
  readonly #records = { counted: 0, uncounted: 0 };

  /** The file whose record has no end yet. */
  get openFile(): string | undefined {
    return this.#open?.file;
  }

  open(file: string): void {
    this.#open = { file, parts: { lines: new Part(), functions: new Part(), branches: new Part() } };
  }

  /** Adds an entry to the open record; keys that say nothing about coverage are ignored. @throws Unreadable */
  add(key: string, value: string): void {
    if (!this.#open) throw new Unreadable(`outside of any record: ${key}:${value}`);
    const { lines, functions, branches } = this.#open.parts;
    const comma = value.indexOf(',');
    const first = comma === -1 ? value : value.slice(0, comma);
    const second = comma === -1 ? undefined : value.slice(comma + 1).split(',', 1)[0];
    if (key === 'DA') lines.add(whole(first, key, value), isHit(second, key, value));
    else if (key === 'FNDA') functions.add(value.slice(comma + 1), isHit(first, key, value));
    else if (key === 'FNA') functions.add(whole(first, key, value), isHit(second, key, value));
    else if (key === 'FN') functions.mention(functionName(value));
    else if (key === 'FNL') functions.mention(whole(first, key, value));
    else if (key === 'BRDA') {
      const at = value.lastIndexOf(',');
      const taken = value.slice(at + 1);
      branches.add(value.slice(0, at), taken !== '-' && isHit(taken, key, value));
    } else if (Object.hasOwn(counters, key)) {
      const [part, counter] = counters[key] ?? (['lines', 'total'] as const);
      this.#open.parts[part].declared[counter] = whole(value, key, value);
    }
  }

  /** Ends the open record. @returns what speaks against it */
  close(): string[] {
    if (!this.#open) return ['an end_of_record without its record'];
    const { file, parts: record } = this.#open;
    this.#open = undefined;
    const before = this.#files.get(file);
    const counted: Partial<Counted> = {};
    for (const part of parts) {
      counted[part] = before ? united(before[part].hits, record[part]) : alone(record[part]);
    }
    this.#files.set(file, counted as Counted);
    this.#records[record.lines.declared.total === undefined ? 'uncounted' : 'counted']++;
    const doubt = doubtOf(record.lines, this.namesTests);
    return doubt === undefined ? [] : [`${file}: ${doubt}`];
  }

  /** What speaks against all of them: a tool counts the lines of every file, or of none. */
  problems(): string[] {
    const { counted, uncounted } = this.#records;
    if (counted === 0 || uncounted === 0) return [];
    return [`${uncounted} of ${counted + uncounted} records do not say how many lines they hold (LF)`];
  }

  /** Over all files. */
  percentages(): { [Part in keyof Coverage]: number | undefined } {
    const sums = parts.map((part) => {
      const sum: Covered = { total: 0, covered: 0 };
      for (const file of this.#files.values()) {
        sum.total += file[part].counts.total;
        sum.covered += file[part].counts.covered;
      }
      return [part, percentOf(sum)];
    });
    return Object.fromEntries(sums);
  }
}

function alone(part: Part): Counted[PartName] {
  return { hits: keep(part.hits), counts: countsOf(part) };
}

function united(before: Kept, part: Part): Counted[PartName] {
  const both = new Part();
  for (const [key, hit] of entriesOf(before)) both.add(key, hit);
  for (const [key, hit] of part.hits) both.add(key, hit);
  return { hits: keep(both.hits), counts: both.unique };
}

/** What was hit, in case that the file has another record: lines, of which there are millions, as line * 2 + hit. */
type Kept = Uint32Array | ReadonlyMap<string | number, boolean>;

function keep(hits: ReadonlyMap<string | number, boolean>): Kept {
  const packed = new Uint32Array(hits.size);
  let at = 0;
  for (const [key, hit] of hits) {
    if (typeof key !== 'number' || key > maxPackedLine) return hits;
    packed[at++] = key * 2 + Number(hit);
  }
  return packed;
}

const maxPackedLine = 2 ** 31 - 1;

function* entriesOf(kept: Kept): Generator<[string | number, boolean]> {
  if (!(kept instanceof Uint32Array)) yield* kept;
  else for (const packed of kept) yield [Math.floor(packed / 2), packed % 2 === 1];
}

/**
 * A line may stand twice (partial classes, generics): the counters tell whether the tool counts it twice. Where
 * they fit neither way of counting, the worse of the two is taken.
 */
function countsOf(part: Part): Covered {
  const { listed, unique, declared } = part;
  if (fits(declared, unique)) return unique;
  if (fits(declared, listed)) return listed;
  const { total = unique.total, covered = unique.covered } = declared;
  const claimed = { total, covered: Math.min(covered, total) };
  if (unique.total === 0) return claimed;
  return (percentOf(claimed) ?? 0) < (percentOf(unique) ?? 0) ? claimed : unique;
}

function fits({ total, covered }: Partial<Covered>, counts: Covered): boolean {
  return (total ?? counts.total) === counts.total && (covered ?? counts.covered) === counts.covered;
}

/** Why the lines of a record are not to be trusted: its counters tell of others than those it lists. */
function doubtOf({ listed, unique, declared }: Part, namesTests: boolean): string | undefined {
  if (fits(declared, unique) || fits(declared, listed)) return undefined;
  const { total = listed.total, covered = listed.covered } = declared;
  const more = { total: total - listed.total, covered: covered - listed.covered };
  // node:test counts lines that a comment excludes as found and hit, and does not list them.
  if (more.total > 0 && more.total === more.covered && listed.total > 0) return undefined;
  // llvm-cov counts the lines of a nested function in the outer one as well.
  const nested = more.total >= 0 && more.covered >= 0 && total <= 2 * listed.total && covered <= total;
  if (nested && !namesTests) return undefined;
  return `declares ${total} lines, ${covered} of them hit, but lists ${listed.total}, ${listed.covered} of them hit`;
}

/** `FN:12,name`, or with the last line since lcov 2.0: `FN:12,20,name`. */
function functionName(value: string): string {
  return value.replace(/^\d+,(?:\d+,)?/, '');
}

function whole(text: string, key: string, value: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Unreadable(`no number in ${key}:${value}`);
  return number;
}

/** Also of the negative counts that gcov has been seen to write: those were not run. */
function isHit(text: string | undefined, key: string, value: string): boolean {
  const count = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(count)) throw new Unreadable(`no count in ${key}:${value}`);
  return count > 0;
}
