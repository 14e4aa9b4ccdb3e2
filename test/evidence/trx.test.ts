import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

test('counts every outcome and names the class of a failing method', async () => {
  expect(await read(fixture('results.trx'))).toEqual({
    format: 'trx',
    kind: 'tests',
    conclusive: true,
    problems: [],
    tests: {
      passed: 1,
      failed: 1,
      errored: 1,
      skipped: 1,
      flaky: 0,
      failures: [
        {
          name: 'Shop.OrderTests > RefusesAnEmptyOrder',
          message:
            'Assert.Equal() Failure\nExpected: 422\n   at Shop.OrderTests.RefusesAnEmptyOrder() in OrderTests.cs:line 14',
        },
        { name: 'Shop.OrderTests.Hangs' },
      ],
    },
  });
});

function result(outcome: string | undefined, inner = '', id = 't'): string {
  const said = outcome === undefined ? '' : ` outcome="${outcome}"`;
  return `<UnitTestResult testId="${id}" testName="A"${said}>${inner}</UnitTestResult>`;
}

function report(results: string, summary = '', before = ''): string {
  return `<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">${before}<Results>${results}</Results>${summary}</TestRun>`;
}

const passed = result('Passed');
const summary = (outcome: string, counters = '', info = '') =>
  `<ResultSummary outcome="${outcome}"><Counters ${counters}/><RunInfos>${info}</RunInfos></ResultSummary>`;
const info = (outcome: string, text: string) =>
  `<RunInfo outcome="${outcome}"><Text>${text}</Text></RunInfo>`;

test.each([
  [
    'every failing outcome',
    ['Failed', 'Error', 'Timeout', 'Aborted', 'NotRunnable', 'Disconnected', 'InProgress'],
    { failed: 1, errored: 6 },
  ],
  [
    'every outcome that proves nothing',
    ['Passed', 'Inconclusive', 'NotExecuted', 'Pending', 'Completed', 'Warning'],
    { passed: 1, skipped: 5 },
  ],
  ['no outcome, which means Error', [undefined], { errored: 1 }],
  ['an outcome never heard of', ['constructor'], { errored: 1 }],
])('%s', async (_trap, outcomes, expected) => {
  const { problems, tests } = await read(report(outcomes.map((one) => result(one)).join('')));
  expect(problems).toEqual([]);
  expect(tests).toMatchObject({ passed: 0, failed: 0, errored: 0, skipped: 0, ...expected });
});

test.each([
  [
    'rows of a data-driven test count, and not the whole',
    result('Failed', `<InnerResults>${passed}${result('Failed')}${passed}</InnerResults>`),
    { passed: 2, failed: 1 },
  ],
  [
    'a whole that fails by itself counts, too',
    result('Failed', `<InnerResults>${passed}</InnerResults>`),
    { passed: 1, failed: 1 },
  ],
  [
    'other types of tests',
    '<WebTestResult testName="w" outcome="Passed"/><TestResultAggregation testName="o" outcome="Passed"/><GenericTestResult testName="g" outcome="Failed"/>',
    { passed: 2, failed: 1 },
  ],
])('%s', async (_trap, results, expected) => {
  const { problems, tests } = await read(report(results, summary('Failed', 'total="4"')), {
    format: 'vstest',
  });
  expect(problems.filter((problem) => !problem.startsWith('4 tests'))).toEqual([]);
  expect(tests).toMatchObject(expected);
});

test('classes told before the results, as MSTest tells them', async () => {
  const definitions =
    '<TestDefinitions><UnitTest id="t"><TestMethod className="Shop.Orders" name="A"/></UnitTest></TestDefinitions>';
  const { tests } = await read(report(result('Failed'), '', definitions));
  expect(tests?.failures).toEqual([{ name: 'Shop.Orders > A' }]);
});

test('error notes beside failed tests are what xUnit.net writes of each, and warnings are warnings', async () => {
  for (const summed of [
    summary('Failed', '', info('Error', '[xUnit.net 00:00:00.6] A [FAIL]')),
    summary('Failed', '', info('Warning', 'No test is available in B.dll')),
  ]) {
    const { conclusive, tests } = await read(report(passed + result('Failed'), summed));
    expect(conclusive).toBe(true);
    expect(tests).toMatchObject({ passed: 1, failed: 1 });
  }
  expect((await read(report(passed, summary('Completed', 'total="1" passed="1"')))).conclusive).toBe(true);
});

test.each([
  ['no results', report('', summary('Completed', 'total="0"')), 'no test was run'],
  ['only tests that were not run', report(result('NotExecuted')), 'all 1 tests were skipped'],
  ['a run marked as failed', report(passed, summary('Failed')), 'none of its tests failed'],
  [
    'a run marked as aborted',
    report(passed + result('Failed'), summary('Aborted')),
    'the run is marked Aborted',
  ],
  [
    'a host that broke down',
    report(
      passed,
      summary(
        'Failed',
        '',
        info('Error', 'The active test run was aborted. Reason: Test host process crashed'),
      ),
    ),
    'Test host process crashed',
  ],
  [
    'a host that broke down after a failure',
    report(passed + result('Failed'), summary('Failed', '', info('Error', 'Test host process crashed'))),
    'the run reports an error: Test host process crashed',
  ],
  [
    'an error although all tests passed',
    report(passed, summary('Completed', '', info('Error', 'Could not load B.dll'))),
    'the run reports an error: Could not load B.dll',
  ],
  [
    'results that are missing',
    report(passed, summary('Completed', 'total="2"')),
    '2 tests are declared, but the report holds 1',
  ],
  [
    'passes that are missing',
    report(result('Failed'), summary('Failed', 'passed="2"')),
    '2 passed tests are declared',
  ],
  [
    'failures that are missing',
    report(passed, summary('Completed', 'failed="1" timeout="1"')),
    '2 failed tests are declared',
  ],
  ['an aborted run around a test', report(result('PassedButRunAborted')), 'the run was cut off'],
  ['a truncated file', report(passed).slice(0, -5), 'not whole or not well-formed XML'],
  ['another XML', '<testsuite/>', 'not a TRX report: its root is <testsuite>'],
  ['entities of its own', `<!DOCTYPE t [<!ENTITY a "b">]>${report(passed)}`, 'brings its own DTD'],
])('%s is inconclusive', async (_trap, text, problem) => {
  const evidence = await read(text, { format: 'trx' });
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
