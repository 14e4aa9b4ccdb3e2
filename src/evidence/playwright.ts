import * as z from 'zod';
import { jsonFormat } from './json-report.ts';
import { type TestOutcome, TestTally } from './tests.ts';

const text = z.string().nullish();
const count = z.int().min(0).default(0);

const failure = z.object({ message: text, stack: text, value: text });
type Failure = z.output<typeof failure>;

const result = z.object({
  status: text,
  error: failure.nullish(),
  errors: z.array(failure).nullish(),
});

const test = z.object({
  /** How the test ended, all its tries taken together; see `outcomeOf`. */
  status: text,
  expectedStatus: text,
  projectName: text,
  results: z.array(result).default([]),
});
type Test = z.output<typeof test>;

const spec = z.object({ title: text, file: text, ok: z.boolean().optional(), tests: z.array(test) });

/** Suites nest: files, then `describe` blocks. */
const suite = z.object({
  title: text,
  file: text,
  specs: z.array(spec).default([]),
  get suites() {
    return z.array(suite).nullish();
  },
});
type Suite = z.output<typeof suite>;

const schema = z.object({
  suites: z.array(suite),
  errors: z.array(failure).default([]),
  stats: z.object({ expected: count, unexpected: count, flaky: count, skipped: count }).optional(),
});
type Report = z.output<typeof schema>;

/**
 * Playwright Test's `json` reporter (`JSONReport` in its types; 1.10 and later). A test counts once for each project.
 * Playwright calls a test skipped that was interrupted, or that its turn never came for.
 */
export const playwright = jsonFormat({
  name: 'playwright',
  kind: 'tests',
  title: 'Playwright JSON',
  detect: (head) =>
    (/^\s*\{\s*"config"\s*:\s*\{/.test(head) && /"(rootDir|forbidOnly|fullyParallel)"\s*:/.test(head)) ||
    /"suites"\s*:\s*\[\s*\{[^[\]{}]*"specs"\s*:\s*\[/.test(head),
  schema,
  interpret(report) {
    const reading = new PlaywrightReading();
    for (const one of report.suites) reading.suite(one, []);
    // Errors outside of any test: a file that does not load, a global set-up, a time limit of the whole run.
    for (const one of report.errors) {
      reading.tally.add({ outcome: 'errored', name: 'outside of any test', message: wordsOf(one) });
    }
    return reading.tally.evidence('playwright', reading.doubts(report));
  },
});

class PlaywrightReading {
  readonly tally = new TestTally();
  #interrupted = 0;
  #unrun = 0;

  suite({ title, file, specs, suites }: Suite, path: readonly string[]): void {
    const inside = title && title !== file ? [...path, title] : path;
    for (const { tests, ...one } of specs) {
      const name = [...inside, one.title ?? ''].join(' › ');
      for (const each of tests) this.#test(each, name, one.file ?? file);
    }
    for (const one of suites ?? []) this.suite(one, inside);
  }

  doubts({ stats }: Report): string[] {
    const { failing, counts } = this.tally;
    const problems: string[] = [];
    if (this.#interrupted > 0) problems.push(`the run was interrupted in ${this.#interrupted} tests`);
    if (this.#unrun > 0 && failing === 0) problems.push(`${this.#unrun} tests were never run`);
    if (!stats) return problems;
    const declared = stats.expected + stats.unexpected + stats.flaky + stats.skipped;
    if (declared > this.tally.total) {
      problems.push(`${declared} tests are declared, but the report holds ${this.tally.total}`);
    }
    if (stats.unexpected > counts.failed) {
      problems.push(`${stats.unexpected} failed tests are declared, but the report holds ${counts.failed}`);
    }
    return problems;
  }

  #test(test: Test, name: string, file: string | null | undefined): void {
    const { results, expectedStatus, projectName } = test;
    if (results.some(({ status }) => status === 'interrupted')) this.#interrupted++;
    else if (results.length === 0 && expectedStatus !== 'skipped') this.#unrun++;
    const last = results.at(-1);
    this.tally.add({
      outcome: outcomeOf(test),
      name: projectName ? `[${projectName}] ${name}` : name,
      message: [...(last?.errors ?? []), ...(last?.error ? [last.error] : [])].map(wordsOf)[0],
      file: file ?? undefined,
    });
  }
}

/** `expected` is what `test.fail()` gives, too, for a test that failed as it should. */
const outcomes: Readonly<Record<string, TestOutcome>> = {
  expected: 'passed',
  flaky: 'flaky',
  skipped: 'skipped',
  unexpected: 'failed',
};

function outcomeOf({ status, expectedStatus, results }: Test): TestOutcome {
  const said = status && Object.hasOwn(outcomes, status) ? outcomes[status] : undefined;
  if (said !== 'passed') return said ?? 'errored';
  return results.at(-1)?.status === (expectedStatus ?? 'passed') ? 'passed' : 'errored';
}

function wordsOf({ message, stack, value }: Failure): string | undefined {
  return message ?? stack ?? value ?? undefined;
}
