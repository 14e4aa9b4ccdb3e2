import * as z from 'zod';
import { jsonFormat } from './json-report.ts';
import { type TestOutcome, TestTally } from './tests.ts';

const text = z.string().nullish();
const count = z.int().min(0).nullish();

const test = z.object({
  name: text,
  status: z.string(),
  rawStatus: text,
  message: text,
  trace: text,
  filePath: text,
  /** A list from the outside to the inside; one string in reports from before version 1. */
  suite: z.union([z.string(), z.array(z.string())]).nullish(),
  flaky: z.boolean().nullish(),
  retries: z.number().nullish(),
  retryAttempts: z.array(z.object({ status: text })).nullish(),
});
type Test = z.output<typeof test>;

const schema = z.object({
  results: z.object({
    summary: z.object({
      tests: count,
      passed: count,
      failed: count,
      skipped: count,
      pending: count,
      other: count,
    }),
    tests: z.array(test),
  }),
});
type Results = z.output<typeof schema>['results'];

/**
 * Common Test Report Format (ctrf.io, specification 0.0 to 1.0), written by reporters for many test runners. What
 * counts are the tests; a summary that counts more than they are raises doubt.
 */
export const ctrf = jsonFormat({
  name: 'ctrf',
  kind: 'tests',
  title: 'CTRF',
  detect: (head) =>
    /"reportFormat"\s*:\s*"CTRF"/.test(head) ||
    (/"results"\s*:\s*\{/.test(head) && /"summary"\s*:\s*\{\s*"tests"\s*:\s*\d/.test(head)),
  schema,
  interpret({ results }) {
    const tally = new TestTally();
    for (const one of results.tests) add(tally, one);
    return tally.evidence('ctrf', doubts(results, tally));
  },
});

function add(tally: TestTally, one: Test): void {
  const suites = [one.suite ?? []].flat();
  tally.add({
    outcome: outcomeOf(one),
    name: [...suites, one.name ?? ''].join(' > '),
    message: [one.message, one.trace].filter(Boolean).join('\n'),
    file: one.filePath ?? undefined,
  });
}

const outcomes: Readonly<Record<string, TestOutcome>> = {
  passed: 'passed',
  failed: 'failed',
  skipped: 'skipped',
  pending: 'skipped',
};

/** Words of runners that reporters can only call "other", and that are neither a pass nor a failure. */
const harmlessStatus = /^(todo|disabled|ignored|inconclusive|not.?run|not.?executed|focused|planned)$/i;

function outcomeOf({ status, rawStatus, flaky, retries, retryAttempts }: Test): TestOutcome {
  const said = Object.hasOwn(outcomes, status) ? outcomes[status] : undefined;
  if (said === 'passed') {
    const failedBefore = retryAttempts?.some((attempt) => attempt.status === 'failed');
    return flaky || (retries ?? 0) > 0 || failedBefore ? 'flaky' : 'passed';
  }
  if (said !== undefined) return said;
  return status === 'other' && harmlessStatus.test(rawStatus ?? '') ? 'skipped' : 'errored';
}

function doubts({ summary, tests }: Results, { total }: TestTally): string[] {
  const problems: string[] = [];
  if ((summary.tests ?? 0) > total) {
    problems.push(`${summary.tests} tests are declared, but the report holds ${total}`);
  }
  for (const status of ['passed', 'failed', 'skipped', 'pending', 'other'] as const) {
    const declared = summary[status] ?? 0;
    const held = tests.filter((one) => one.status === status).length;
    if (declared > held)
      problems.push(`${declared} tests are declared as ${status}, but the report holds ${held}`);
  }
  return problems;
}
