import type { TrafficCount } from './protocol.ts';

/** Steps of 5%: a percentile read from the buckets is at most that much too high. */
const growth = Math.log(1.05);
const bucketCount = 320; // reaches beyond an hour

/** Counts the answers of one release in fixed space, in buckets that grow with the duration. */
export class TrafficCounter {
  #requests = 0;
  #errors = 0;
  readonly #buckets = new Uint32Array(bucketCount);

  count({ durationMs, failed }: { durationMs: number; failed: boolean }): void {
    this.#requests += 1;
    if (failed) this.#errors += 1;
    const bucket = Math.min(bucketCount - 1, Math.floor(Math.log1p(Math.max(0, durationMs)) / growth));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  read(): TrafficCount {
    return {
      requests: this.#requests,
      errors: this.#errors,
      p50Ms: this.#percentile(50),
      p95Ms: this.#percentile(95),
      p99Ms: this.#percentile(99),
    };
  }

  /** Upper edge of the bucket in which the percentile lies. */
  #percentile(percent: number): number {
    let left = Math.ceil((percent / 100) * this.#requests);
    let bucket = 0;
    for (; bucket < bucketCount && left > 0; bucket += 1) left -= this.#buckets[bucket] ?? 0;
    return Math.round(Math.expm1(bucket * growth) * 100) / 100;
  }
}
