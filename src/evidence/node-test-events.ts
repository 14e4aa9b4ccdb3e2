import * as z from 'zod';
import { type JsonLine, jsonLines } from './json-lines.ts';
import { type TestOutcome, TestTally } from './tests.ts';
import type { Evidence } from './types.ts';
import { reasonOf, Unreadable } from './unreadable.ts';

const words = z.string().optional().catch(undefined);

/** An `Error` made JSON, which keeps its own properties alone; `cause` may be what was thrown, or its text. */
const failure = z.object({
  message: words,
  cause: z
    .union([z.string(), z.object({ message: words, stack: words })])
    .optional()
    .catch(undefined),
});

const event = z.object({
  type: z.string(),
  data: z.object({
    name: words,
    file: words,
    nesting: z.int().min(0).max(256).catch(0),
    todo: z.unknown().optional(),
    skip: z.unknown().optional(),
    message: words,
    details: z.object({ type: words, error: failure.optional().catch(undefined) }).optional(),
    success: z.boolean().optional(),
  }),
});
type Event = z.output<typeof event>;

/**
 * The events of node:test (nodejs.org/api/test.html, "Class: TestsStream"), a line of JSON each. A test follows the
 * tests inside of it; the innermost count, and those around them only where they fail by themselves. Never throws.
 */
export async function readNodeEvents(report: AsyncIterable<Uint8Array>): Promise<Evidence> {
  const reading = new EventReading();
  try {
    for await (const line of jsonLines(report)) reading.take(line);
    reading.end();
  } catch (error) {
    reading.problems.unshift(reasonOf(error));
  }
  return reading.tally.evidence('node-test', reading.problems);
}

class EventReading {
  readonly problems: string[] = [];
  /** By nesting: the tests since the last one that stood further out. */
  readonly #levels: TestTally[] = [];
  #sums: Record<string, number> = {};
  /** Outcomes told, but those of suites: of tests, whether or not others stand inside of them. */
  #outcomes = 0;

  /** All tests found, at whatever nesting they ended. */
  get tally(): TestTally {
    for (let depth = this.#levels.length - 1; depth > 0; depth--) this.#fold(depth, false);
    return this.#level(0);
  }

  /** @throws Unreadable for a line that is not an event */
  take({ text, value }: JsonLine): void {
    const { data: found } = event.safeParse(value);
    if (!found) throw new Unreadable(`not a whole event: ${text.slice(0, 60)}`);
    const { type, data } = found;
    if (type === 'test:pass' || type === 'test:fail') this.#judge(type === 'test:fail', data);
    else if (type === 'test:diagnostic' && data.nesting === 0) this.#sum(data.message ?? '');
    else if (type === 'test:summary' && data.success === false && this.tally.failing === 0) {
      this.problems.push('the run is marked as failed, but none of its tests failed');
    }
  }

  /** @throws Unreadable without the sums that every run ends with */
  end(): void {
    const { tests, fail = 0, cancelled = 0 } = this.#sums;
    if (tests === undefined) throw new Unreadable('breaks off: the sums at the end are missing');
    if (tests > this.#outcomes) {
      this.problems.push(
        `${tests} tests are declared, but the report holds the outcomes of ${this.#outcomes}`,
      );
    }
    if (fail + cancelled > 0 && this.tally.failing === 0) {
      this.problems.push(`${fail + cancelled} failed tests are declared, but the report holds none`);
    }
  }

  #sum(message: string): void {
    const [, what, count] = /^(tests|fail|cancelled) (\d+)$/.exec(message) ?? [];
    if (what !== undefined) this.#sums[what] = Number(count);
  }

  #judge(failed: boolean, { name = '', file, nesting, todo, skip, details }: Event['data']): void {
    if (details?.type !== 'suite') this.#outcomes++;
    const excused = Boolean(todo) || Boolean(skip) || todo === '' || skip === '';
    const inside = this.#fold(nesting + 1, excused);
    const failure = failed && !excused;
    if (inside.total > 0 && !(failure && inside.failing === 0)) return;
    const untested = excused || details?.type === 'suite';
    const outcome: TestOutcome = failure ? 'failed' : untested ? 'skipped' : 'passed';
    this.#level(nesting).add({ outcome, name, file, message: wordsOf(details?.error) });
  }

  /** Adds the tests at a depth to those around them, and returns them. */
  #fold(depth: number, excused: boolean): TestTally {
    for (let deeper = this.#levels.length - 1; deeper > depth; deeper--) this.#fold(deeper, false);
    const inside = this.#level(depth);
    this.#level(depth - 1).absorb(inside, { excused });
    this.#levels.length = depth;
    return inside;
  }

  #level(depth: number): TestTally {
    while (this.#levels.length <= depth) this.#levels.push(new TestTally());
    return this.#levels[depth] ?? new TestTally();
  }
}

function wordsOf(error: z.output<typeof failure> | undefined): string | undefined {
  const { cause, message } = error ?? {};
  return typeof cause === 'string' ? cause : (cause?.stack ?? cause?.message ?? message);
}
