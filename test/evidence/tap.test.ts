import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

const tap = (report: string) => read(report, { format: 'tap' });

test('counts the leaves once, with names, messages and files', async () => {
  expect(await read(fixture('nested.tap'))).toEqual({
    format: 'tap',
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
          name: 'orders > refuses an empty order',
          message: 'expected 422, got 200',
          file: '/app/test/orders.test.js',
        },
      ],
    },
  });
});

test.each([
  ['TAP 12, plan first', '1..2\nok\nnot ok\n', { passed: 1, failed: 1 }],
  ['plan last, CRLF, blank behind the plan', 'ok 1\r\nok 2\r\n1..2 \r\n', { passed: 2 }],
  ['chatter between the lines', '> shop@1.0.0 test\n1..1\nlistening\nok 1\n# bye\n', { passed: 1 }],
  [
    'todo and skip are no passes',
    '1..4\nok 1\nnot ok 2 # TODO x\nok 3 # todo\nok 4 # SKIP y\n',
    { passed: 1, skipped: 3 },
  ],
  [
    'a subtest that fails by itself',
    '# Subtest: a\n    ok 1\n    1..1\nnot ok 1 - a\n1..1\n',
    { passed: 1, failed: 1 },
  ],
  [
    'a failing leaf under a passing subtest',
    '# Subtest: a\n    not ok 1\n    1..1\nok 1 - a\n1..1\n',
    { failed: 1 },
  ],
  ['a buffered subtest', '1..1\nok 1 - a {\n    ok 1\n    ok 2\n    1..2\n}\n', { passed: 2 }],
  ['an empty subtest proves nothing', '1..2\nok 1 - a {\n    1..0\n}\nok 2\n', { passed: 1, skipped: 1 }],
  [
    'a subtest that is todo excuses all that is in it',
    '# Subtest: a\n    not ok 1\n    ok 2\n    1..2\nnot ok 1 - a # TODO later\nok 2\n1..2\n',
    { passed: 1, skipped: 2 },
  ],
  [
    'a buffered subtest that is skipped',
    '1..2\nok 1 - a # SKIP {\n    ok 1\n    1..1\n}\nok 2\n',
    { passed: 1, skipped: 1 },
  ],
  [
    'a failing subtest beside one that is todo',
    '# Subtest: a\n    # Subtest: b\n        not ok 1\n        1..1\n    not ok 1 - b\n    1..1\nnot ok 1 - a\n# Subtest: c\n    not ok 1\n    1..1\nnot ok 2 - c # TODO\n1..2\n',
    { failed: 1, skipped: 1 },
  ],
  [
    'a word that only begins like a directive excuses nothing',
    '1..3\nnot ok 1 a # TODOORNOTTODO\nnot ok 2 b # todo: later\nnot ok 3 # skipped: no database\n',
    { failed: 1, skipped: 2 },
  ],
  [
    'a suite of node:test without tests',
    "ok 1 - a\n  ---\n  type: 'suite'\n  ...\nok 2 - b\n1..2\n",
    { passed: 1, skipped: 1 },
  ],
  ['a subtest that nothing closes', '1..1\nok\n    # Subtest: a\n    1..1\n    ok\n', { passed: 2 }],
  ['YAML that holds test lines', '1..1\nok 1\n  ---\n  output: |\n    not ok 7\n  ...\n', { passed: 1 }],
])('%s', async (_trap, report, expected) => {
  const { conclusive, problems, tests } = await tap(report);
  expect(problems).toEqual([]);
  expect(conclusive).toBe(true);
  expect(tests).toMatchObject({ passed: 0, failed: 0, errored: 0, skipped: 0, flaky: 0, ...expected });
});

test.each([
  ['bail out', '1..1\nok 1\nBail out! no database\n', 'bailed out: no database'],
  ['bail out in a subtest', '# Subtest: a\n    ok 1\n    Bail out!\n', 'bailed out'],
  ['bail out behind the plan', 'ok 1\n1..1\nBail out!\n', 'a test line outside of the plan'],
  ['no plan', 'TAP version 13\nok 1\nok 2\n', 'no plan'],
  ['too few tests', '1..3\nok 1\nok 2\n', 'the plan says 1..3, but 2 tests were run'],
  ['too few tests, one of them failed', '1..3\nok 1\nnot ok 2\n', 'the plan says 1..3, but 2 tests were run'],
  ['too many tests', '1..1\nok 1\nok 2\n', 'id greater than plan end'],
  ['a number twice', '1..2\nok 1\nok 1\n', 'test point id 1 appears multiple times'],
  [
    'a failure behind the plan',
    'ok 1\n1..1\nnot ok 2\n',
    'a test line outside of the plan or wrongly indented: not ok 2',
  ],
  ['a failure at a wrong indent', '1..1\nok 1\n  not ok 2\n', 'a test line outside of the plan'],
  [
    'too few tests in a subtest',
    '# Subtest: a\n    ok 1\n    1..2\nok 1 - a\n1..1\n',
    'a: the plan says 1..2, but 1 tests were run',
  ],
  ['skip all', '1..0 # SKIP no database\n', 'no test was run'],
  ['all skipped', '1..1\nok 1 # SKIP\n', 'nothing was tested: all 1 tests were skipped'],
  ['only todo', '1..1\nnot ok 1 # TODO\n', 'nothing was tested'],
  ['a buffered subtest that never comes', '1..1\nok 1 - a {\n', 'the subtest "a" is missing'],
  [
    'a test line that breaks off',
    '1..2\nok 1\nok 2 - a',
    'breaks off in the middle of a test line: ok 2 - a',
  ],
  ['no TAP at all', 'hello\n', 'no test was run'],
  ['nothing', '', 'the report is empty'],
  ['nesting without end', `1..1\n${'    '.repeat(5_000)}ok 1\n`, 'nested deeper than 64 levels'],
  ['the end behind a subtest', '# Subtest: a\n    ok 1\n    1..1\no', 'there is no plan'],
  ['a line without end', 'x'.repeat(2 ** 20 + 1), 'a line is longer than 1 MiB'],
  [
    'diagnostics without end',
    `1..1\nok 1\n  ---\n${'  - a line\n'.repeat(120_000)}  ...\n`,
    'diagnostics longer than 1 MiB',
  ],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await tap(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});

test('counts what ran before a report breaks off in a subtest', async () => {
  const { conclusive, tests } = await tap(
    '# Subtest: a\n    ok 1\n    # Subtest: b\n        not ok 1\n        ok 2\n        ok 3',
  );
  expect(conclusive).toBe(false);
  expect(tests).toMatchObject({ passed: 1, failed: 1 });
});

test('ignores diagnostics that are not words', async () => {
  const { tests } = await tap(
    '1..1\nnot ok 1 - a\n  ---\n  error: { toString: 1 }\n  message: !function "x"\n  ...\n',
  );
  expect(tests?.failures).toEqual([{ name: 'a' }]);
});
