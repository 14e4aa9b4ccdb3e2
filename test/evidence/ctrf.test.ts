import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

test('counts tests of every status', async () => {
  expect(await read(fixture('ctrf.json'))).toEqual({
    format: 'ctrf',
    kind: 'tests',
    conclusive: true,
    problems: [],
    tests: {
      passed: 2,
      failed: 1,
      errored: 1,
      skipped: 2,
      flaky: 1,
      failures: [
        {
          name: 'orders > create > refuses an empty order',
          message: 'expected 422, got 200\nat test/orders.test.js:14',
          file: 'test/orders.test.js',
        },
        { name: 'imports' },
      ],
    },
  });
});

function report(tests: object[], summary: object = {}): string {
  return JSON.stringify({
    results: { tool: { name: 'x' }, summary: { tests: tests.length, ...summary }, tests },
  });
}

const passed = { name: 'a', status: 'passed', duration: 1 };

test('is detected without a marker, as before version 1', async () => {
  expect(await read(report([passed]))).toMatchObject({ format: 'ctrf', conclusive: true });
});

test.each([
  ['retried', [{ ...passed, retries: 2 }], { passed: 1, flaky: 1 }],
  [
    'failed at first',
    [
      {
        ...passed,
        retryAttempts: [
          { attempt: 1, status: 'failed' },
          { attempt: 2, status: 'passed' },
        ],
      },
    ],
    { passed: 1, flaky: 1 },
  ],
  ['not retried', [{ ...passed, retries: 0, flaky: false }], { passed: 1, flaky: 0 }],
  ['still failing though flaky', [{ ...passed, status: 'failed', flaky: true }], { failed: 1, flaky: 0 }],
  [
    'other, and harmless',
    [passed, { ...passed, status: 'other', rawStatus: 'todo' }],
    { passed: 1, skipped: 1 },
  ],
  ['other, and unclear', [{ ...passed, status: 'other' }], { errored: 1 }],
  ['a status never heard of', [{ ...passed, status: 'constructor' }], { errored: 1 }],
])('%s', async (_trap, tests, expected) => {
  const evidence = await read(report(tests), { format: 'ctrf' });
  expect(evidence.problems).toEqual([]);
  expect(evidence.tests).toMatchObject({ passed: 0, failed: 0, errored: 0, skipped: 0, ...expected });
});

test.each([
  ['no tests', report([]), 'no test was run'],
  ['only skipped tests', report([{ ...passed, status: 'skipped' }]), 'all 1 tests were skipped'],
  ['tests that are missing', report([passed], { tests: 3 }), '3 tests are declared, but the report holds 1'],
  [
    'failures that are missing',
    report([passed], { failed: 1 }),
    '1 tests are declared as failed, but the report holds 0',
  ],
  [
    'no list of tests',
    '{"results":{"tool":{"name":"x"},"summary":{"tests":1}}}',
    'not in the format of CTRF',
  ],
])('%s is inconclusive', async (_trap, text, problem) => {
  const evidence = await read(text, { format: 'ctrf' });
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
