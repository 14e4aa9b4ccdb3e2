import * as z from 'zod';
import { jsonFormat } from './json-report.ts';
import { type TestOutcome, TestTally } from './tests.ts';

const count = z.int().min(0).optional();

const assertion = z.object({
  status: z.string(),
  fullName: z.string().nullish(),
  title: z.string().nullish(),
  failureMessages: z.array(z.string()).nullish(),
  /** Jest: how often the test was run; more than once means that it was retried. */
  invocations: z.number().nullish(),
  /** Jest: why it was retried. */
  retryReasons: z.array(z.unknown()).nullish(),
});
type Assertion = z.output<typeof assertion>;

const suite = z.object({
  name: z.string().nullish(),
  status: z.string().nullish(),
  message: z.string().nullish(),
  assertionResults: z.array(assertion).nullish(),
});
type Suite = z.output<typeof suite>;

const schema = z.object({
  numTotalTests: count,
  numPassedTests: count,
  numFailedTests: count,
  numFailedTestSuites: count,
  success: z.boolean().optional(),
  wasInterrupted: z.boolean().optional(),
  testResults: z.array(suite),
});

/** `jest --json` and Vitest's `json` reporter, which writes the same shape. */
export const jest = jsonFormat({
  name: 'jest',
  kind: 'tests',
  title: 'Jest or Vitest JSON',
  detect: (head) => /"(numTotalTests|numTotalTestSuites)"\s*:|"assertionResults"\s*:/.test(head),
  schema,
  interpret(report) {
    const tally = new TestTally();
    for (const one of report.testResults) countSuite(one, tally);
    return tally.evidence('jest', contradictions(report, tally));
  },
});

function countSuite({ name, status, message, assertionResults }: Suite, tally: TestTally): void {
  const file = name ?? undefined;
  const failingBefore = tally.failing;
  for (const test of assertionResults ?? []) {
    tally.add({
      outcome: outcomeOf(test),
      name: test.fullName || test.title || '',
      message: test.failureMessages?.join('\n'),
      file,
    });
  }
  // A suite that fails without a failing test crashed outside of them: on loading, or in a hook.
  if (status === 'failed' && tally.failing === failingBefore) {
    tally.add({ outcome: 'errored', name: file ?? '', message: message ?? undefined, file });
  }
}

const outcomes: Record<string, TestOutcome> = {
  passed: 'passed',
  failed: 'failed',
  skipped: 'skipped',
  pending: 'skipped',
  todo: 'skipped',
  disabled: 'skipped',
};

function outcomeOf({ status, invocations, failureMessages, retryReasons }: Assertion): TestOutcome {
  const outcome = Object.hasOwn(outcomes, status) ? outcomes[status] : undefined;
  if (outcome !== 'passed') return outcome ?? 'errored';
  // Vitest leaves the messages of the failed attempts on a test that passed on retry.
  return (invocations ?? 1) > 1 || failureMessages?.length || retryReasons?.length ? 'flaky' : 'passed';
}

function contradictions(report: z.output<typeof schema>, tally: TestTally): string[] {
  const { numTotalTests = 0, numPassedTests = 0, numFailedTests = 0, numFailedTestSuites = 0 } = report;
  const { passed, failed } = tally.counts;
  const problems: string[] = [];
  if (report.wasInterrupted) problems.push('the run was interrupted');
  if (numTotalTests > tally.total) {
    problems.push(`${numTotalTests} tests are declared, but the report holds ${tally.total}`);
  }
  if (numPassedTests > passed) {
    problems.push(`${numPassedTests} passed tests are declared, but the report holds ${passed}`);
  }
  if (numFailedTests > failed) {
    problems.push(`${numFailedTests} failed tests are declared, but the report holds ${failed || 'none'}`);
  }
  if (numFailedTestSuites > 0 && tally.failing === 0) {
    problems.push(`${numFailedTestSuites} failed suites are declared, but the report holds none`);
  }
  if (report.success === false && tally.total > 0 && tally.failing === 0) {
    problems.push('the runner says that the run failed, but names no failed test');
  }
  return problems;
}
