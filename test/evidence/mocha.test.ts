import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

test('counts tests, hooks that fail, and tests that pass on retry', async () => {
  expect(await read(fixture('mocha.json'))).toEqual({
    format: 'mocha',
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
          message: 'AssertionError: expected 422, got 200\n    at test/orders.spec.js:14',
          file: '/app/test/orders.spec.js',
        },
        {
          name: 'exports "before all" hook for "exports"',
          message: 'no database',
          file: '/app/test/exports.spec.js',
        },
      ],
    },
  });
});

const one = { title: 'a', fullTitle: 's a', currentRetry: 0, err: {} };
const passing = { stats: { tests: 1, passes: 1, pending: 0, failures: 0 }, tests: [one], passes: [one] };
const whole = { ...passing, pending: [], failures: [] };

function mocha(report: object) {
  return read(JSON.stringify(report), { format: 'mocha-json' });
}

test('a late error makes a test that passed fail, too', async () => {
  const { conclusive, tests } = await mocha({
    ...whole,
    stats: { tests: 1, passes: 1, pending: 0, failures: 1 },
    failures: [{ ...one, err: { message: 'done() called multiple times' } }],
  });
  expect(conclusive).toBe(true);
  expect(tests).toMatchObject({ passed: 1, failed: 1 });
});

test('an old report without a list of pending tests, and an odd error', async () => {
  const { conclusive, tests } = await mocha({ ...passing, failures: [{ ...one, err: 'boom' }] });
  expect(conclusive).toBe(true);
  expect(tests).toMatchObject({ passed: 1, failed: 1, skipped: 0 });
});

test.each([
  [
    'no tests',
    { stats: { tests: 0, passes: 0, pending: 0, failures: 0 }, tests: [], passes: [], failures: [] },
    'no test was run',
  ],
  ['only pending', { ...whole, passes: [], pending: [one], stats: {} }, 'all 1 tests were skipped'],
  [
    'failures that are not listed',
    { ...whole, stats: { ...whole.stats, failures: 2 } },
    '2 failures are declared, but the report holds 0',
  ],
  ['passes that are not listed', { ...whole, stats: { passes: 9 } }, '9 passes are declared'],
  ['pending tests that are not listed', { ...whole, stats: { pending: 9 } }, '9 pending are declared'],
  [
    'tests that neither passed nor failed',
    { ...whole, tests: [one, one] },
    '2 tests were run, but only 1 have an outcome',
  ],
  ['no list of failures', passing, 'not in the format of Mocha JSON: failures'],
  ['Mochawesome', { stats: whole.stats, results: [] }, 'not in the format of Mocha JSON'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await mocha(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
