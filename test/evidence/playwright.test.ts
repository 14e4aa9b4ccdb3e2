import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

test('counts a test for each project, with the suites around it', async () => {
  expect(await read(fixture('playwright.json'))).toEqual({
    format: 'playwright',
    kind: 'tests',
    conclusive: true,
    problems: [],
    tests: {
      passed: 2,
      failed: 1,
      errored: 0,
      skipped: 1,
      flaky: 1,
      failures: [
        {
          name: '[chromium] paying › refuses an expired card',
          message: 'Error: expect(locator) failed',
          file: 'checkout.spec.ts',
        },
      ],
    },
  });
});

const passed = { expectedStatus: 'passed', status: 'expected', results: [{ status: 'passed' }] };

function report(tests: object[], rest: object = {}): string {
  const specs = [{ title: 'a', file: 'a.spec.ts', tests }];
  return JSON.stringify({ suites: [{ title: 'a.spec.ts', file: 'a.spec.ts', specs }], errors: [], ...rest });
}

test('is detected without its configuration, too', async () => {
  expect(await read(report([passed]))).toMatchObject({ format: 'playwright', conclusive: true });
});

test.each([
  [
    'a test that failed as it should',
    [{ expectedStatus: 'failed', status: 'expected', results: [{ status: 'failed' }] }],
    { passed: 1 },
  ],
  [
    'a test that passed and should not',
    [{ expectedStatus: 'failed', status: 'unexpected', results: [{ status: 'passed' }] }],
    { failed: 1 },
  ],
  [
    'a test called as expected that was not',
    [{ ...passed, results: [{ status: 'timedOut' }] }],
    { errored: 1 },
  ],
  ['a status never heard of', [{ ...passed, status: 'constructor' }], { errored: 1 }],
  [
    'a skip inside of the test',
    [passed, { expectedStatus: 'skipped', status: 'skipped', results: [{ status: 'skipped' }] }],
    { passed: 1, skipped: 1 },
  ],
])('%s', async (_trap, tests, expected) => {
  const evidence = await read(report(tests), { format: 'playwright-json' });
  expect(evidence.problems).toEqual([]);
  expect(evidence.tests).toMatchObject({ passed: 0, failed: 0, errored: 0, skipped: 0, ...expected });
});

test('an error outside of any test is an error, whatever the tests say', async () => {
  const { conclusive, tests } = await read(
    report([passed], { errors: [{ message: 'Timed out waiting 60s for the test suite to run' }] }),
  );
  expect(conclusive).toBe(true);
  expect(tests).toMatchObject({ passed: 1, errored: 1 });
  expect(tests?.failures[0]?.message).toContain('Timed out');
});

const interrupted = { expectedStatus: 'passed', status: 'skipped', results: [{ status: 'interrupted' }] };
const unrun = { expectedStatus: 'passed', status: 'skipped', results: [] };

test.each([
  ['an interrupted test, which Playwright calls skipped', report([passed, interrupted]), 'was interrupted'],
  ['a test whose turn never came', report([passed, unrun]), '1 tests were never run'],
  ['no tests', report([]), 'no test was run'],
  ['no suites', JSON.stringify({ suites: [], errors: [], stats: { expected: 0 } }), 'no test was run'],
  [
    'tests that are missing',
    report([passed], { stats: { expected: 2, unexpected: 1 } }),
    '3 tests are declared, but the report holds 1',
  ],
  [
    'failures that are missing',
    report([passed], { stats: { expected: 0, unexpected: 1 } }),
    '1 failed tests are declared, but the report holds 0',
  ],
  ['another JSON', '{"suites": 1}', 'not in the format of Playwright JSON: suites'],
])('%s is inconclusive', async (_trap, text, problem) => {
  const evidence = await read(text, { format: 'playwright' });
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});

test('suites nested beyond all measure are no end of us', async () => {
  const depth = 20_000;
  const deep = `${'{"specs":[],"suites":['.repeat(depth)}${']}'.repeat(depth)}`;
  const { conclusive } = await read(`{"config":{"rootDir":"/"},"suites":[${deep}]}`);
  expect(conclusive).toBe(false);
});
