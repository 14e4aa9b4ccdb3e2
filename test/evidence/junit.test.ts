import { expect, test } from 'vitest';
import { maxFailures, maxMessageLength } from '../../src/evidence/types.ts';
import { fixture, read } from './reading.ts';

const junit = (report: string) => read(report, { format: 'junit' });

async function counts(report: string) {
  const { conclusive, problems, tests } = await junit(report);
  const { failures, ...numbers } = tests ?? { failures: [] };
  return { conclusive, problems, ...numbers };
}

const none = { passed: 0, failed: 0, errored: 0, skipped: 0, flaky: 0 };
const conclusive = { conclusive: true, problems: [], ...none };

test('counts every kind of case and keeps names, messages and files of the failures', async () => {
  expect(await read(fixture('junit.xml'))).toEqual({
    format: 'junit',
    kind: 'tests',
    conclusive: true,
    problems: [],
    tests: {
      passed: 3,
      failed: 1,
      errored: 1,
      skipped: 1,
      flaky: 1,
      failures: [
        {
          name: 'orders.Create > refuses an empty order',
          message: 'expected 422, got 200\n    at test/orders.test.js:14',
          file: 'test/orders.test.js',
        },
        { name: 'orders.List > pages', message: 'connection refused' },
      ],
    },
  });
});

test.each([
  [
    'no counters and no names',
    '<testsuites><testsuite><testcase/><testcase><failure/></testcase></testsuite></testsuites>',
    { passed: 1, failed: 1 },
  ],
  [
    'testsuite as root, nested suites',
    '<testsuite tests="3"><testsuite tests="2"><testcase/><testsuite tests="1"><testcase/></testsuite></testsuite><testcase/></testsuite>',
    { passed: 3 },
  ],
  ['cases right below the root', '<testsuites><testcase name="a"/></testsuites>', { passed: 1 }],
  [
    'counters lower than the cases',
    '<testsuite tests="1" failures="0"><testcase/><testcase><failure/></testcase></testsuite>',
    { passed: 1, failed: 1 },
  ],
  [
    'negative time and single quotes',
    "<testsuite tests='1' time='-3.5'><testcase name='a' time='-1'/></testsuite>",
    { passed: 1 },
  ],
  [
    'flaky and rerun inside passing cases',
    '<testsuite><testcase><flakyFailure/></testcase><testcase><flakyError/></testcase><testcase><rerunFailure/></testcase></testsuite>',
    { passed: 3, flaky: 3 },
  ],
  [
    'rerun inside a failing case',
    '<testsuite><testcase><failure/><rerunFailure/></testcase></testsuite>',
    { failed: 1 },
  ],
  [
    'failure and error in one case',
    '<testsuite><testcase><error/><failure/></testcase></testsuite>',
    { failed: 1 },
  ],
  [
    'skipped and failure in one case',
    '<testsuite><testcase><skipped/><failure/></testcase></testsuite>',
    { failed: 1 },
  ],
  [
    'status words',
    '<testsuite disabled="3"><testcase status="run" result="completed"/><testcase status="notrun"/><testcase status="disabled"/><testcase result="Skipped"/><testcase status="failed"/><testcase status="error"/></testsuite>',
    { passed: 1, skipped: 3, failed: 1, errored: 1 },
  ],
  [
    'suite-level error without a case',
    '<testsuite tests="0"><error message="set-up failed"/></testsuite>',
    { errored: 1 },
  ],
  [
    'suite-level failure beside good cases',
    '<testsuite><testcase/><failure/></testsuite>',
    { passed: 1, errored: 1 },
  ],
  ['byte order mark', '\uFEFF<?xml version="1.0"?><testsuite><testcase/></testsuite>', { passed: 1 }],
  [
    'a DOCTYPE that only names a DTD',
    '<!DOCTYPE testsuites SYSTEM "junit.dtd"><testsuites><testcase/></testsuites>',
    { passed: 1 },
  ],
])('%s', async (_trap, report, expected) => {
  expect(await counts(report)).toEqual({ ...conclusive, ...expected });
});

test.each([
  ['no cases', '<testsuites/>', 'no test was run'],
  ['tests="0"', '<testsuites tests="0"><testsuite tests="0"/></testsuites>', 'no test was run'],
  [
    'tests="6" with zero cases',
    '<testsuite name="a" tests="6"/>',
    'testsuite "a" declares 6 tests, but holds 0 cases',
  ],
  [
    'more declared than found',
    '<testsuites tests="3"><testsuite><testcase/><testcase/></testsuite></testsuites>',
    'testsuites declares 3 tests, but holds 2 cases',
  ],
  [
    'failures declared, none found',
    '<testsuite failures="1" errors="1"><testcase/></testsuite>',
    'testsuite declares 2 failures, but none of its cases failed',
  ],
  [
    'all skipped',
    '<testsuite><testcase><skipped/></testcase><testcase status="notrun"/></testsuite>',
    'nothing was tested: all 2 tests were skipped',
  ],
  ['truncated between cases', '<testsuite><testcase/>', 'unclosed tag: testsuite'],
  ['truncated inside a tag', '<testsuite><testcase/><testcase name="', 'not whole or not well-formed XML'],
  [
    'another XML',
    '<coverage line-rate="1"><packages/></coverage>',
    'not a JUnit report: its root is <coverage>',
  ],
  ['not XML', 'ok 1 - fine', 'not well-formed XML'],
  ['nothing', '', 'the report is empty'],
  ['two roots', '<testsuite><testcase/></testsuite><testsuite/>', 'not well-formed XML'],
  [
    'a case inside a case',
    '<testsuite><testcase name="a"><testcase/></testcase></testsuite>',
    'a test case inside the test case "a"',
  ],
  [
    'entities of its own',
    '<!DOCTYPE t [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&a;"/></testsuite>',
    'brings its own DTD',
  ],
  ['an undefined entity', '<testsuite><testcase name="&a;"/></testsuite>', 'undefined entity'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await junit(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});

test('joins ]]> that is split over two CDATA sections', async () => {
  const { tests } = await junit(
    '<testsuite><testcase name="a"><failure><![CDATA[left ]]]]><![CDATA[> right]]></failure></testcase></testsuite>',
  );
  expect(tests?.failures).toEqual([{ name: 'a', message: 'left ]]> right' }]);
});

test('puts the message before the text where the text does not repeat it', async () => {
  const { tests } = await junit(
    '<testsuite><testcase name="a"><failure message="boom">at a.js:1</failure></testcase></testsuite>',
  );
  expect(tests?.failures[0]?.message).toBe('boom\nat a.js:1');
});

test('takes escape sequences, hidden characters and line breaks out of names and messages', async () => {
  const { tests } = await junit(
    '<testsuite><testcase name="a&#10;b\u202E\u{E0041}\u009B2J"><failure message="\u2067x&#x85;y"/></testcase></testsuite>',
  );
  expect(tests?.failures).toEqual([{ name: 'a b2J', message: 'xy' }]);
});

test('keeps a bounded number of failures with bounded messages, and counts them all', async () => {
  const failing = `<testcase name="${'n'.repeat(5_000)}"><failure>${'😀'.repeat(5_000)}</failure></testcase>`;
  const { tests } = await junit(`<testsuite>${failing.repeat(maxFailures + 5)}</testsuite>`);
  expect(tests?.failed).toBe(maxFailures + 5);
  expect(tests?.failures).toHaveLength(maxFailures);
  for (const { name, message } of tests?.failures ?? []) {
    expect(name.length).toBeLessThanOrEqual(maxMessageLength);
    expect(message?.length).toBeLessThanOrEqual(maxMessageLength);
    expect(message).toMatch(/^😀+…$/u);
  }
});

test('replaces bytes that are not UTF-8 and still counts', async () => {
  const report = Buffer.from('<testsuite><testcase name="?"><failure/></testcase></testsuite>');
  report[report.indexOf('?')] = 0xff;
  const { conclusive, tests } = await read(report, { format: 'junit' });
  expect(conclusive).toBe(true);
  expect(tests?.failures).toEqual([{ name: '\uFFFD' }]);
});
