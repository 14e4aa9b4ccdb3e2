import * as z from 'zod';
import { jsonLines } from './json-lines.ts';
import { failureOf, mochaStats, mochaTest, passOf } from './mocha.ts';
import { TestTally } from './tests.ts';
import type { EvidenceFormat } from './types.ts';
import { evidenceFormat, reasonOf, Unreadable } from './unreadable.ts';

const test = mochaTest.extend({ err: z.unknown().optional(), stack: z.unknown().optional() });

const event = z.union([
  z.tuple([z.literal('start'), z.object({ total: z.number() })]),
  z.tuple([z.enum(['pass', 'fail']), test]),
  z.tuple([z.literal('end'), mochaStats]),
]);

/**
 * Mocha's `json-stream` reporter: an array per line. It leaves pending tests out; only the sums at the end have them,
 * and without that end the run did not come to one.
 */
export const mochaJsonStream: EvidenceFormat = evidenceFormat({
  name: 'mocha-json-stream',
  kind: 'tests',
  title: 'Mocha JSON stream',
  detect: (head) => /^\["start",\{"total":\d+\}\]/m.test(head),
  async read(report) {
    const reading = new StreamReading();
    try {
      for await (const { text, value } of jsonLines(report)) reading.take(text, value);
      reading.end();
    } catch (error) {
      reading.problems.unshift(reasonOf(error));
    }
    return reading.tally.evidence('mocha-json-stream', reading.problems);
  },
});

class StreamReading {
  readonly tally = new TestTally();
  readonly problems: string[] = [];
  #stats: z.output<typeof mochaStats> | undefined;

  /** Takes the next line. @throws Unreadable for a broken event; other lines are what the tests printed */
  take(text: string, value: unknown): void {
    const { data: [name, data] = [], success } = event.safeParse(value);
    if (!success) {
      if (/^\["(start|pass|fail|end)/.test(text))
        throw new Unreadable(`not a whole event: ${text.slice(0, 60)}`);
    } else if (name === 'start') this.#stats = undefined;
    else if (name === 'end') this.#stats = data;
    else if (name === 'pass' || name === 'fail') this.#add(name, data);
  }

  end(): void {
    if (!this.#stats) throw new Unreadable('breaks off: the event "end" is missing');
    const { tests = 0, passes = 0, failures = 0, pending = 0 } = this.#stats;
    const { passed } = this.tally.counts;
    this.tally.counts.skipped = pending;
    const { total } = this.tally;
    if (tests > total) this.problems.push(`${tests} tests were run, but only ${total} have an outcome`);
    if (passes > passed) this.problems.push(`${passes} passes are declared, but the report holds ${passed}`);
    if (failures > this.tally.failing) {
      this.problems.push(`${failures} failures are declared, but the report holds ${this.tally.failing}`);
    }
  }

  #add(name: 'pass' | 'fail', { err, stack, ...one }: z.output<typeof test>): void {
    const words = [stack, err].find((word) => typeof word === 'string');
    this.tally.add({
      outcome: name === 'pass' ? passOf(one) : failureOf(one),
      name: one.fullTitle || one.title || '',
      message: typeof words === 'string' ? words : undefined,
      file: one.file ?? undefined,
    });
  }
}
