import * as z from 'zod';
import { jsonFormat } from './json-report.ts';
import { type TestOutcome, TestTally } from './tests.ts';

const text = z.string().nullish();
const count = z.int().min(0).optional();

/** What every reporter of Mocha says about a test or a hook. */
export const mochaTest = z.object({
  title: text,
  fullTitle: text,
  file: text,
  /** How often the test was run before this time. */
  currentRetry: z.number().nullish(),
});

/** Mocha's own sums (`stats-collector`); hooks that fail are among the failures, but not among the tests. */
export const mochaStats = z.object({ tests: count, passes: count, pending: count, failures: count });

const test = mochaTest.extend({ err: z.object({ message: text, stack: text }).nullish().catch(undefined) });
type Test = z.output<typeof test>;

const schema = z.object({
  stats: mochaStats,
  tests: z.array(z.unknown()).optional(),
  passes: z.array(test),
  failures: z.array(test),
  pending: z.array(test).default([]),
});
type Report = z.output<typeof schema>;

/** Mocha's `json` reporter (Mocha 1 to 12). A test may both pass and fail: an error that came late. */
export const mocha = jsonFormat({
  name: 'mocha',
  kind: 'tests',
  title: 'Mocha JSON',
  detect: (head) =>
    /^\s*\{\s*"stats"\s*:\s*\{[^}]*"passes"\s*:[^}]*\}\s*,\s*"(tests|pending|failures|passes)"/.test(head),
  schema,
  interpret(report) {
    const tally = new TestTally();
    for (const one of report.passes) add(tally, passOf(one), one);
    for (const one of report.failures) add(tally, failureOf(one), one);
    for (const one of report.pending) add(tally, 'skipped', one);
    return tally.evidence('mocha', doubts(report));
  },
});

function add(tally: TestTally, outcome: TestOutcome, { fullTitle, title, file, err }: Test): void {
  tally.add({
    outcome,
    name: fullTitle || title || '',
    message: err?.stack || err?.message || undefined,
    file: file ?? undefined,
  });
}

/** How a test passed: on retry or at once. */
export function passOf({ currentRetry }: z.output<typeof mochaTest>): TestOutcome {
  return (currentRetry ?? 0) > 0 ? 'flaky' : 'passed';
}

/** What failed: the test itself, or a hook around tests, which then were not run. */
export function failureOf({ title }: z.output<typeof mochaTest>): TestOutcome {
  return /^"(before|after) (all|each)" hook/.test(title ?? '') ? 'errored' : 'failed';
}

function doubts({ stats, tests = [], passes, failures, pending }: Report): string[] {
  const problems: string[] = [];
  const lists = { passes, failures, pending };
  for (const list of ['failures', 'passes', 'pending'] as const) {
    const declared = stats[list] ?? 0;
    const held = lists[list].length;
    if (declared > held) problems.push(`${declared} ${list} are declared, but the report holds ${held}`);
  }
  const judged = passes.length + failures.length + pending.length;
  const declared = Math.max(stats.tests ?? 0, tests.length);
  if (declared > judged) problems.push(`${declared} tests were run, but only ${judged} have an outcome`);
  return problems;
}
