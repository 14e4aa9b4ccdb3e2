/** Below this all values are taken for 0, and above the largest for that. */
const smallest = 1e-4;
const largest = 1e9;

/** Neighbouring buckets differ by a factor of this. */
const growth = 1.0001;
const logGrowth = Math.log(growth);

/** So many values are kept as they are; their quantiles are exact. */
const maxExact = 10_000;

/**
 * Quantiles of a stream of non-negative numbers in bounded memory (about 1 MB): exact for up to 10,000 values,
 * beyond that at most 0.01% too high, and never too low.
 */
export class Quantiles {
  count = 0;
  #max = 0;
  #exact: number[] = [];
  #isSorted = false;
  /** How many values each bucket holds; the first is for 0. Undefined as long as all values are kept. */
  #buckets: Uint32Array | undefined;

  add(value: number): void {
    this.count++;
    this.#max = Math.max(this.#max, value);
    if (this.#buckets) this.#bucket(this.#buckets, value);
    else {
      this.#exact.push(value);
      this.#isSorted = false;
      if (this.#exact.length > maxExact) this.#spill();
    }
  }

  /** The value below which the share lies, between two values in proportion; undefined without any value. */
  at(share: number): number | undefined {
    if (this.count === 0) return undefined;
    const rank = share * (this.count - 1);
    const below = this.#ranked(Math.floor(rank));
    const above = this.#ranked(Math.ceil(rank));
    return below + (above - below) * (rank - Math.floor(rank));
  }

  #spill(): void {
    this.#buckets = new Uint32Array(Math.ceil(Math.log(largest / smallest) / logGrowth) + 2);
    for (const value of this.#exact) this.#bucket(this.#buckets, value);
    this.#exact = [];
  }

  #bucket(buckets: Uint32Array, value: number): void {
    const at = value < smallest ? 0 : 1 + Math.floor(Math.log(value / smallest) / logGrowth);
    const index = Math.min(at, buckets.length - 1);
    buckets[index] = (buckets[index] ?? 0) + 1;
  }

  /** The value at a place in the sorted order, counted from 0. */
  #ranked(place: number): number {
    if (!this.#buckets) {
      if (!this.#isSorted) this.#exact.sort((one, other) => one - other);
      this.#isSorted = true;
      return this.#exact[place] ?? Number.NaN;
    }
    let passed = 0;
    for (const [index, held] of this.#buckets.entries()) {
      passed += held;
      // The upper edge of the bucket; in the last one stands all that is larger.
      if (passed > place)
        return index === 0
          ? 0
          : index === this.#buckets.length - 1
            ? this.#max
            : Math.min(this.#max, smallest * growth ** index);
    }
    return this.#max;
  }
}
