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
    'words of behave, godog, CTest and NUnit for tests that are not in order',
    '<testsuite><testcase status="undefined"/><testcase status="ambiguous"/><testcase status="fail"/><testcase result="NotRunnable"/><testcase status="timed out"/></testsuite>',
    { failed: 1, errored: 4 },
  ],
  [
    'words of those for tests that were not run',
    '<testsuite><testcase status="passed"/><testcase status="untested"/><testcase status="not_run"/><testcase result="Inconclusive"/><testcase status="PENDING"/></testsuite>',
    { passed: 1, skipped: 4 },
  ],
  [
    'elements in other cases, and of tests that could not be judged (PHPUnit, TestNG)',
    '<testsuite><testcase><Failure/></testcase><testcase><ERROR/></testcase><testcase/><testcase><warning/></testcase><testcase><ignored/></testcase></testsuite>',
    { passed: 1, failed: 1, errored: 1, skipped: 2 },
  ],
  [
    'CTest: not run on purpose, and not run since it could not be',
    '<testsuite tests="3" failures="0" skipped="2"><testcase status="run"/><testcase status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase><testcase status="notrun"><skipped message="Unable to find executable"/></testcase></testsuite>',
    { passed: 1, skipped: 1, errored: 1 },
  ],
  [
    'pytest: skipped since an executable is missing',
    '<testsuite><testcase/><testcase><skipped message="Unable to find chromium"/></testcase></testsuite>',
    { passed: 1, skipped: 1 },
  ],
  [
    'node:test: a todo that fails as expected',
    '<testsuites><testsuite tests="2" failures="1"><testcase name="a" failure="x"><skipped type="todo" message="later"/><failure message="x"/></testcase><testcase/></testsuite><!-- fail 0 --></testsuites>',
    { passed: 1, skipped: 1 },
  ],
  [
    'pytest: a test that fails, and again in its teardown',
    '<testsuites name="pytest tests"><testsuite name="pytest" tests="1" errors="1" failures="1"><testcase><failure/><error/></testcase></testsuite></testsuites>',
    { failed: 1 },
  ],
  [
    'pytest 9: passed subtests are counted, but have no case',
    '<testsuites name="pytest tests"><testsuite name="pytest" tests="6" errors="0" failures="1" skipped="1"><testcase/><testcase><failure/></testcase><testcase><skipped/></testcase></testsuite></testsuites>',
    { passed: 1, failed: 1, skipped: 1 },
  ],
  [
    'Catch2: assertions are counted',
    '<testsuites><testsuite name="t" tests="42" errors="0" failures="2"><properties><property name="random-seed" value="1"/></properties><testcase/><testcase><failure/><failure/></testcase></testsuite></testsuites>',
    { passed: 1, failed: 1 },
  ],
  [
    'Nightwatch: assertions are counted, in each case, too',
    '<testsuites tests="5"><testsuite tests="5"><testcase assertions="2"/><testcase assertions="3"/></testsuite></testsuites>',
    { passed: 2 },
  ],
  [
    'skipped tests that are counted, but have no case',
    '<testsuite tests="5" skipped="2" disabled="1"><testcase/><testcase><skipped/></testcase><testcase/></testsuite>',
    { passed: 2, skipped: 1 },
  ],
  [
    'failures counted as errors, too',
    '<testsuite tests="1" failures="1" errors="1"><testcase><failure/></testcase></testsuite>',
    { failed: 1 },
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
    'more failures declared than found',
    '<testsuite failures="3"><testcase><failure/></testcase><testcase/></testsuite>',
    'testsuite declares 3 failures, but 1 are in its cases',
  ],
  [
    'assertions beside more tests than cases (PHPUnit)',
    '<testsuite tests="5" assertions="5"><testcase assertions="2"/><testcase assertions="3"/></testsuite>',
    'declares 5 tests, but holds 2 cases',
  ],
  [
    'pytest with more failures than cases that failed',
    '<testsuite name="pytest" tests="6" failures="2"><testcase/><testcase><failure/></testcase></testsuite>',
    'declares 6 tests, but holds 2 cases',
  ],
  ['pytest without cases', '<testsuite name="pytest" tests="6"/>', 'declares 6 tests, but holds 0 cases'],
  [
    'node:test: a failure that only its summary knows',
    '<testsuites><testsuite name="a" tests="1" failures="0"><testcase/></testsuite><!-- tests 2 --><!-- fail 1 --><!-- cancelled 0 --></testsuites>',
    'its summary counts 1 failures',
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

test('names a case by its class where it has no name, and finds its file in the suites around', async () => {
  const { tests } = await junit(
    '<testsuite file="a.php"><testsuite><testcase classname="A"><failure/></testcase><testcase name="b" filepath="b.rb"><failure/></testcase></testsuite></testsuite>',
  );
  expect(tests?.failures).toEqual([
    { name: 'A', file: 'a.php' },
    { name: 'b', file: 'b.rb' },
  ]);
});

test('does not take what stands behind a comment for its root, nor what stands in it', async () => {
  expect(await read('<!-- <coverage> --><?x <a> ?>\n<testsuite><testcase/></testsuite>')).toMatchObject({
    format: 'junit',
    conclusive: true,
  });
  expect(await read('<!-- <testsuite> --><coverage/>')).toMatchObject({
    format: 'unknown',
    conclusive: false,
  });
});

test('replaces bytes that are not UTF-8 and still counts', async () => {
  const report = Buffer.from('<testsuite><testcase name="?"><failure/></testcase></testsuite>');
  report[report.indexOf('?')] = 0xff;
  const { conclusive, tests } = await read(report, { format: 'junit' });
  expect(conclusive).toBe(true);
  expect(tests?.failures).toEqual([{ name: '\uFFFD' }]);
});
