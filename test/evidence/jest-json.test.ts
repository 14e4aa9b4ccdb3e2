import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

const suite = (tests: object[], rest: object = {}) => ({
  name: 'a.test.js',
  assertionResults: tests,
  ...rest,
});
const jest = (report: object) => read(JSON.stringify(report), { format: 'jest' });

test('counts tests, crashed suites and retried tests', async () => {
  expect(await read(fixture('jest.json'))).toEqual({
    format: 'jest',
    kind: 'tests',
    conclusive: true,
    problems: [],
    tests: {
      passed: 2,
      failed: 1,
      errored: 1,
      skipped: 1,
      flaky: 1,
      failures: [
        {
          name: 'orders refuses an empty order',
          message: 'expected 422, got 200',
          file: '/app/test/orders.test.js',
        },
        {
          name: '/app/test/broken.test.js',
          message: 'SyntaxError: Unexpected token',
          file: '/app/test/broken.test.js',
        },
      ],
    },
  });
});

test('is also known as vitest, and takes a passed test with failure messages for flaky', async () => {
  const report = { testResults: [suite([{ status: 'passed', title: 'a', failureMessages: ['first try'] }])] };
  const { format, tests } = await read(JSON.stringify(report), { format: 'vitest' });
  expect(format).toBe('jest');
  expect(tests).toMatchObject({ passed: 1, flaky: 1 });
});

test('takes a passed test with reasons of retries for flaky', async () => {
  const { tests } = await jest({ testResults: [suite([{ status: 'passed', retryReasons: ['first try'] }])] });
  expect(tests).toMatchObject({ passed: 1, flaky: 1 });
});

test.each([
  [
    'a suite whose hook failed after its tests passed',
    [suite([{ status: 'passed' }], { status: 'failed' })],
    { passed: 1, errored: 1 },
  ],
  ['a status never heard of', [suite([{ status: 'constructor' }])], { errored: 1 }],
  [
    'todo, disabled and skipped',
    [suite(['todo', 'disabled', 'skipped', 'passed'].map((status) => ({ status })))],
    { passed: 1, skipped: 3 },
  ],
])('%s', async (_trap, testResults, expected) => {
  const { conclusive, tests } = await jest({ testResults });
  expect(conclusive).toBe(true);
  expect(tests).toMatchObject({ passed: 0, failed: 0, errored: 0, skipped: 0, flaky: 0, ...expected });
});

const passed = [suite([{ status: 'passed' }])];

test.each([
  ['numTotalTests 0', { numTotalTests: 0, success: true, testResults: [] }, 'no test was run'],
  [
    'only skipped',
    { numTotalTests: 1, testResults: [suite([{ status: 'pending' }])] },
    'all 1 tests were skipped',
  ],
  [
    'tests missing',
    { numTotalTests: 3, testResults: passed },
    '3 tests are declared, but the report holds 1',
  ],
  [
    'failures missing',
    { numFailedTests: 1, testResults: passed },
    '1 failed tests are declared, but the report holds none',
  ],
  [
    'fewer failures than declared',
    { numFailedTests: 2, testResults: [suite([{ status: 'failed' }])] },
    '2 failed tests are declared, but the report holds 1',
  ],
  [
    'passes missing',
    { numPassedTests: 2, testResults: passed },
    '2 passed tests are declared, but the report holds 1',
  ],
  [
    'a suite that failed, but is not there',
    { numFailedTestSuites: 1, testResults: passed },
    '1 failed suites are declared, but the report holds none',
  ],
  ['not a success', { success: false, testResults: passed }, 'names no failed test'],
  ['interrupted', { wasInterrupted: true, testResults: passed }, 'the run was interrupted'],
  ['no results', { numTotalTests: 1 }, 'not in the format of Jest or Vitest JSON: testResults'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await jest(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
