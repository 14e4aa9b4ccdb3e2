import type { TestOutcome, TestTally } from './tests.ts';
import { maxMessageLength } from './types.ts';

/** Outcomes of a whole run that ended as it should. `Failed` needs a failed test to be believed. */
const soundOutcomes = new Set(['passed', 'completed', 'warning', 'inconclusive', 'notexecuted', 'failed']);

/** What `RunInfo` says of a run that was cut off, in the words of vstest. */
const brokenOff = /\b(abort(ed|ing)?|crash(ed)?|terminated|stopped|stack overflow|hang)\b/i;

/** The `ResultSummary` of a TRX file: what it says of the run, held against the results found. */
export class TrxSummary {
  #outcome = '';
  readonly #counters = { total: 0, passed: 0, failing: 0, cutOff: 0 };
  readonly #found = { total: 0, passed: 0, failing: 0 };
  /** What the error notes say. They come with failed tests (xUnit.net notes each one), or when a host breaks down. */
  #errors = '';
  #inError = false;

  open(element: string, attributes: Record<string, string>): void {
    if (element === 'ResultSummary') this.#outcome = attributes.outcome ?? 'Error';
    else if (element === 'RunInfo')
      this.#inError = /^(Error|Failed|Aborted|Timeout)$/.test(attributes.outcome ?? '');
    else if (element === 'Counters') this.#declare(attributes);
  }

  /** Text of a `RunInfo`. */
  text(part: string): void {
    if (this.#inError && this.#errors.length < maxMessageLength) {
      this.#errors += ` ${part.slice(0, maxMessageLength)}`;
    }
  }

  /** Takes note of a result that stands for an aborted run. */
  noteCutOff(): void {
    this.#counters.cutOff++;
  }

  /** Takes note of a result, be it a whole or a part. */
  count(outcome: TestOutcome): void {
    this.#found.total++;
    if (outcome === 'passed') this.#found.passed++;
    if (outcome === 'failed' || outcome === 'errored') this.#found.failing++;
  }

  /** Why the results cannot be taken for the whole of a run that ended well. */
  doubts({ failing }: TestTally): string[] {
    const { total, passed, failing: declared, cutOff } = this.#counters;
    const found = this.#found;
    const problems: string[] = [];
    const outcome = this.#outcome.toLowerCase();
    if (outcome !== '' && !soundOutcomes.has(outcome)) {
      problems.push(`the run is marked ${this.#outcome}${this.#why()}`);
    } else if (outcome === 'failed' && failing === 0) {
      problems.push(`the run is marked Failed, but none of its tests failed${this.#why()}`);
    } else if (brokenOff.test(this.#errors) || (this.#errors !== '' && failing === 0)) {
      problems.push(`the run reports an error${this.#why()}`);
    }
    if (cutOff > 0) problems.push('the run was cut off while tests ran');
    if (total > found.total)
      problems.push(`${total} tests are declared, but the report holds ${found.total}`);
    if (passed > found.passed) {
      problems.push(`${passed} passed tests are declared, but the report holds ${found.passed}`);
    }
    if (declared > found.failing) {
      problems.push(`${declared} failed tests are declared, but the report holds ${found.failing}`);
    }
    return problems;
  }

  #declare(attributes: Record<string, string>): void {
    const sum = (...names: string[]) => names.reduce((total, name) => total + counter(attributes[name]), 0);
    this.#counters.total += sum('total');
    this.#counters.passed += sum('passed');
    this.#counters.failing += sum('failed', 'error', 'timeout', 'aborted');
    this.#counters.cutOff += sum('passedButRunAborted', 'disconnected', 'inProgress');
  }

  #why(): string {
    const why = this.#errors.trim();
    return why === '' ? '' : `: ${why}`;
  }
}

function counter(written: string | undefined): number {
  return written !== undefined && /^\d+$/.test(written) ? Number(written) : 0;
}
