import type { Span } from './keep.ts';

/** Secrets that are known by their value, all looked for at once. Pure. */

const block = 3;
const tableSize = 1 << 15;
const longestWindow = 64;

/**
 * The algorithm of Wu and Manber: what stands at the end of a window tells how far it may move on without any value
 * being missed. With a hundred values it is many times as fast as one search for each.
 */
export class KnownValues {
  /** Up to the shortest of them. */
  readonly #window: number;
  readonly #shifts = new Uint8Array(tableSize);
  readonly #endingIn = new Map<number, string[]>();

  /** @param values of three characters at least, the longest first */
  constructor(values: readonly string[]) {
    this.#window = values.reduce((least, { length }) => Math.min(least, length), longestWindow);
    const farthest = this.#window - block;
    this.#shifts.fill(farthest + 1);
    for (const value of values) {
      for (let at = 0; at <= farthest; at += 1) {
        const key = keyAt(value, at);
        this.#shifts[key] = Math.min(this.#shifts[key] ?? 0, farthest - at);
      }
      const last = keyAt(value, farthest);
      this.#endingIn.set(last, [...(this.#endingIn.get(last) ?? []), value]);
    }
  }

  find(text: string, spans: Span[]): void {
    if (this.#endingIn.size === 0) return;
    const farthest = this.#window - block;
    let last: Span | undefined;
    let at = 0;
    while (at + this.#window <= text.length) {
      const key = keyAt(text, at + farthest);
      const shift = this.#shifts[key] ?? 1;
      if (shift > 0) {
        at += shift;
        continue;
      }
      const found = this.#endingIn.get(key)?.find((value) => text.startsWith(value, at));
      if (found !== undefined) {
        const end = at + found.length;
        if (last && at <= last[1]) last[1] = Math.max(last[1], end);
        else {
          last = [at, end];
          spans.push(last);
        }
      }
      at += 1;
    }
  }
}

function keyAt(text: string, at: number): number {
  return (
    (text.charCodeAt(at) + text.charCodeAt(at + 1) * 37 + text.charCodeAt(at + 2) * 1369) & (tableSize - 1)
  );
}
