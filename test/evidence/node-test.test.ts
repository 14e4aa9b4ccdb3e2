import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

test('counts events: the innermost tests, todo and skip aside', async () => {
  expect(await read(fixture('node-test.jsonl'))).toEqual({
    format: 'node-test',
    kind: 'tests',
    conclusive: true,
    problems: [],
    tests: {
      passed: 2,
      failed: 1,
      errored: 0,
      skipped: 2,
      flaky: 0,
      failures: [
        {
          name: 'refuses an empty order',
          message: 'expected 422, got 200',
          file: '/app/test/orders.test.js',
        },
      ],
    },
  });
});

test.each([
  ['TAP', 'TAP version 13\n# Subtest: a\nok 1 - a\n1..1\n', 'tap'],
  ['JUnit', '<testsuites><testcase name="a"/></testsuites>', 'junit'],
])('reads %s, and says so', async (_reporter, report, format) => {
  for (const name of ['node-test', 'node:test']) {
    const evidence = await read(report, { format: name });
    expect(evidence).toMatchObject({ format, conclusive: true, tests: { passed: 1 } });
  }
});

interface Data {
  nesting?: number;
  name?: string;
  todo?: string | boolean;
  skip?: string | boolean;
  message?: string;
  success?: boolean;
  details?: object;
}

function events(...all: [type: string, data: Data][]): string {
  return all
    .map(([type, data]) => JSON.stringify({ type: `test:${type}`, data: { nesting: 0, ...data } }))
    .map((line) => `${line}\n`)
    .join('');
}

const sums = events(['diagnostic', { message: 'tests 1' }]);
const inside = { nesting: 1, name: 'inside' };

test.each([
  [
    'a parent that fails by itself',
    events(['pass', inside], ['fail', { name: 'outside' }]),
    { passed: 1, failed: 1 },
  ],
  ['a parent that fails with its tests', events(['fail', inside], ['fail', {}]), { failed: 1 }],
  [
    'a failing test in a todo',
    events(['fail', inside], ['pass', inside], ['fail', { todo: '' }], ['pass', {}]),
    { passed: 1, skipped: 2 },
  ],
  [
    'a suite without tests',
    events(['pass', { details: { type: 'suite' } }], ['pass', {}]),
    { passed: 1, skipped: 1 },
  ],
  [
    'tests whose parent never ends',
    events(['pass', { nesting: 2 }], ['fail', { nesting: 1, name: 'b' }], ['pass', { nesting: 1 }]),
    { passed: 2, failed: 1 },
  ],
])('%s', async (_trap, report, expected) => {
  const { problems, tests } = await read(report + sums);
  expect(problems).toEqual([]);
  expect(tests).toMatchObject({ passed: 0, failed: 0, errored: 0, skipped: 0, ...expected });
});

test.each([
  ['no sums at the end', events(['pass', {}]), 'breaks off: the sums at the end are missing'],
  ['an event that breaks off', `${events(['pass', {}])}{"type":"test:fa`, 'not a whole event'],
  [
    'failures that only the sums know',
    events(['pass', {}], ['diagnostic', { message: 'cancelled 1' }]) + sums,
    '1 failed tests are declared',
  ],
  [
    'a run marked as failed',
    events(['pass', {}], ['summary', { success: false }]) + sums,
    'the run is marked as failed',
  ],
  [
    'fewer tests than are summed up',
    events(['pass', {}]) + sums.replace(/tests \d+/, 'tests 3'),
    '3 tests are declared, but the report holds the outcomes of 1',
  ],
  ['only skipped tests', events(['pass', { skip: true }]) + sums, 'all 1 tests were skipped'],
  ['no tests', sums, 'no test was run'],
  ['nothing', '', 'the report is empty'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await read(report, { format: 'node-test' });
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
