import { type Evidence, maxFailures, type TestCounts } from './types.ts';
import { cleanLine, cleanText } from './untrusted.ts';

export type TestOutcome = 'passed' | 'flaky' | 'skipped' | 'errored' | 'failed';

/** One test as a reader found it, in the report's own untrusted words. */
export interface TestResult {
  outcome: TestOutcome;
  name: string;
  message?: string | undefined;
  file?: string | undefined;
  /** Fails only since a part of it does that is counted itself: counted as well, but not listed. */
  repeated?: boolean | undefined;
}

const maxProblems = 20;

/** Counts all tests and keeps the first failures. */
export class TestTally {
  readonly counts: TestCounts = { passed: 0, failed: 0, errored: 0, skipped: 0, flaky: 0, failures: [] };

  add({ outcome, name, message, file, repeated = false }: TestResult): void {
    this.counts[outcome]++;
    if (outcome === 'flaky') this.counts.passed++;
    if (outcome !== 'failed' && outcome !== 'errored') return;
    if (repeated || this.counts.failures.length === maxFailures) return;
    this.counts.failures.push({
      name: cleanLine(name) || 'unnamed test',
      ...(message?.trim() ? { message: cleanText(message) } : {}),
      ...(file ? { file: cleanLine(file) } : {}),
    });
  }

  /** Adds the tests of a part. Where it is `excused` (todo, skipped), none of them is a pass or a failure. */
  absorb({ counts, total }: TestTally, { excused }: { excused: boolean }): void {
    if (excused) {
      this.counts.skipped += total;
      return;
    }
    for (const count of ['passed', 'failed', 'errored', 'skipped', 'flaky'] as const) {
      this.counts[count] += counts[count];
    }
    this.counts.failures.push(...counts.failures.slice(0, maxFailures - this.counts.failures.length));
  }

  /** Tests that did not pass, skipped ones aside. */
  get failing(): number {
    return this.counts.failed + this.counts.errored;
  }

  /** All tests met; flaky ones are among the passed. */
  get total(): number {
    return this.counts.passed + this.failing + this.counts.skipped;
  }

  /**
   * The evidence these tests make. A run that tested nothing, or skipped everything, proves nothing; nor does one
   * with `problems` of its own, gravest first.
   */
  evidence(format: string, problems: readonly string[] = []): Evidence {
    const all = [...problems, ...this.#emptiness()].map(cleanLine);
    return {
      format,
      kind: 'tests',
      conclusive: all.length === 0,
      problems: [...new Set(all)].slice(0, maxProblems),
      tests: this.counts,
    };
  }

  #emptiness(): string[] {
    if (this.total === 0) return ['no test was run'];
    if (this.total === this.counts.skipped)
      return [`nothing was tested: all ${this.total} tests were skipped`];
    return [];
  }
}
