import { expect, test } from 'vitest';
import { maxFindings } from '../../src/evidence/types.ts';
import { fixture, read } from './reading.ts';

const run = (results: object[] | null, rest: object = {}) => ({
  tool: { driver: { name: 'scanner' } },
  results,
  ...rest,
});
const sarif = (runs: unknown) => read(JSON.stringify({ version: '2.1.0', runs }), { format: 'sarif' });

async function severity(result: object, rule: object = {}) {
  const tool = { driver: { rules: [{ id: 'r', ...rule }] } };
  const { conclusive, findingList } = await sarif([run([{ ruleId: 'r', ...result }], { tool })]);
  expect(conclusive).toBe(true);
  return findingList?.[0]?.severity;
}

test('counts findings, worst first, and leaves out what is suppressed', async () => {
  expect(await read(fixture('scan.sarif'))).toEqual({
    format: 'sarif',
    kind: 'findings',
    conclusive: true,
    problems: [],
    findings: { critical: 1, high: 1, medium: 1, low: 1, unknown: 0 },
    findingList: [
      { severity: 'critical', rule: 'sql-injection', ids: ['sql-injection'], place: 'src/orders.js:7' },
      { severity: 'high', rule: 'weak-hash', ids: ['weak-hash'] },
      { severity: 'medium', rule: 'unheard-of', ids: ['unheard-of'] },
      { severity: 'low', rule: 'style/quotes', ids: ['style/quotes', 'style'] },
    ],
    suppressed: 1,
  });
});

test.each([
  ['error', {}, {}, 'medium'],
  ['error', { level: 'error' }, {}, 'high'],
  ['note', { level: 'note' }, {}, 'low'],
  ['none', { level: 'none' }, {}, undefined],
  ['invented', { level: 'toString' }, {}, 'unknown'],
  ['level of the rule', {}, { defaultConfiguration: { level: 'error' } }, 'high'],
  [
    'level of the result before that of the rule',
    { level: 'note' },
    { defaultConfiguration: { level: 'error' } },
    'low',
  ],
  ['score of the rule', { level: 'note' }, { properties: { 'security-severity': '9.0' } }, 'critical'],
  [
    'score of the result',
    { properties: { 'security-severity': 7 } },
    { properties: { 'security-severity': '1' } },
    'high',
  ],
  ['4.0', {}, { properties: { 'security-severity': '4.0' } }, 'medium'],
  ['0.1', {}, { properties: { 'security-severity': '0.1' } }, 'low'],
  ['a score that is no number', { level: 'error' }, { properties: { 'security-severity': 'high' } }, 'high'],
  ['level none with a score', { level: 'none' }, { properties: { 'security-severity': '9.8' } }, 'critical'],
  ['a score of zero', {}, { properties: { 'security-severity': '0.0' } }, 'medium'],
  ['kind pass', { kind: 'pass' }, {}, undefined],
  ['kind pass with a score', { kind: 'pass' }, { properties: { 'security-severity': '9.8' } }, undefined],
  ['kind notApplicable', { kind: 'notApplicable' }, {}, undefined],
  ['kind informational', { kind: 'informational' }, {}, undefined],
  ['kind fail', { kind: 'fail' }, {}, 'medium'],
  ['a kind never heard of', { kind: 'toString' }, {}, 'medium'],
  ['undecided', { kind: 'open' }, { defaultConfiguration: { level: 'note' } }, 'unknown'],
  ['for a person to look at', { kind: 'review', level: 'none' }, {}, 'unknown'],
  ['undecided, with a level all the same', { kind: 'review', level: 'error' }, {}, 'high'],
  ['as it was at the baseline', { baselineState: 'unchanged' }, {}, 'medium'],
  ['gone since the baseline', { baselineState: 'absent' }, {}, undefined],
  ['suppressed', { suppressions: [{ kind: 'external', status: 'accepted' }] }, {}, undefined],
  [
    'suppression under review',
    { suppressions: [{ status: 'accepted' }, { status: 'underReview' }] },
    {},
    'medium',
  ],
  ['suppression rejected', { suppressions: [{ status: 'rejected' }] }, {}, 'medium'],
  ['suppression rejected, as a draft spelled it', { suppressions: [{ state: 'rejected' }] }, {}, 'medium'],
  ['no suppressions', { suppressions: [] }, {}, 'medium'],
])('severity: %s', async (_what, result, rule, expected) => {
  expect(await severity(result, rule)).toBe(expected);
});

test('finds rules in extensions', async () => {
  const tool = {
    driver: {},
    extensions: [{ rules: [{ id: 'x', defaultConfiguration: { level: 'error' } }] }],
  };
  expect((await sarif([run([{ rule: { id: 'x' } }], { tool })])).findings?.high).toBe(1);
});

test.each([
  ['index', { ruleIndex: 1 }, 'low'],
  ['index inside of the reference', { rule: { index: 1 } }, 'low'],
  ['index in an extension', { rule: { index: 0, toolComponent: { index: 0 } } }, 'high'],
  ['guid of an extension', { rule: { index: 0, toolComponent: { guid: 'G' } } }, 'high'],
  ['name of an extension', { rule: { index: 0, toolComponent: { name: 'more' } } }, 'high'],
  ['id before an index that is another rule', { ruleId: 'b', ruleIndex: 0 }, 'low'],
  ['a longer id', { ruleId: 'b/1', ruleIndex: 0 }, 'low'],
  ['an index beyond the list', { ruleIndex: 9 }, 'medium'],
])('finds the rule by its %s', async (_what, result, severity) => {
  const level = (of: string) => ({ defaultConfiguration: { level: of } });
  const tool = {
    driver: {
      rules: [
        { id: 'a', ...level('warning') },
        { id: 'b', ...level('note') },
      ],
    },
    extensions: [{ name: 'more', guid: 'G', rules: [{ id: 'c', ...level('error') }] }],
  };
  expect((await sarif([run([result], { tool })])).findings).toMatchObject({ [severity]: 1 });
});

test('names a vulnerability by the ids inside of its rule, and by its earlier ids', async () => {
  const tool = { driver: { rules: [{ id: 'NEW', deprecatedIds: ['OLD'] }] } };
  const results = ['BDSA-1 (CVE-2020-11022)', 'CVE-2020-1111 and CVE-2020-2222', 'NEW'].map((ruleId) => ({
    ruleId,
  }));
  const { findingList } = await sarif([run(results, { tool })]);
  expect(findingList?.map(({ ids }) => ids)).toEqual([
    ['BDSA-1 (CVE-2020-11022)', 'CVE-2020-11022'],
    ['CVE-2020-1111 and CVE-2020-2222'],
    ['NEW', 'OLD'],
  ]);
});

test('keeps the counts of a run that went wrong, which prove nothing', async () => {
  const evidence = await sarif([run([{}], { invocations: [{ executionSuccessful: false }] })]);
  expect(evidence).toMatchObject({ conclusive: false, findings: { medium: 1 } });
});

test('a scan that found nothing is a scan', async () => {
  const evidence = await read(`\uFEFF${JSON.stringify({ version: '2.1.0', runs: [run([])] })}`);
  expect(evidence).toMatchObject({ format: 'sarif', conclusive: true, findingList: [] });
});

test('counts all findings and keeps the worst', async () => {
  const notes = Array.from({ length: maxFindings + 5 }, () => ({ level: 'note' }));
  const { findings, findingList } = await sarif([run([...notes, { level: 'error' }])]);
  expect(findings).toMatchObject({ high: 1, low: maxFindings + 5 });
  expect(findingList).toHaveLength(maxFindings);
  expect(findingList?.[0]?.severity).toBe('high');
});

test('warnings of the tool are none of the result', async () => {
  const told = [{ level: 'warning' }, { level: 'note' }, {}];
  expect((await sarif([run([], { invocations: [{ toolExecutionNotifications: told }] })])).conclusive).toBe(
    true,
  );
});

test('results outside of the runs are not overlooked', async () => {
  const inlineExternalProperties = [{ guid: 'x' }, { results: [{}] }];
  const report = { version: '2.1.0', runs: [run([])], inlineExternalProperties };
  const { problems } = await read(JSON.stringify(report));
  expect(problems[0]).toContain('outside of its runs');
});

test.each([
  ['no runs', [], 'the report has no runs'],
  ['runs null', null, 'the report has no runs'],
  ['a run without results', [run([]), run(null)], 'the run of scanner has no results'],
  [
    'an unsuccessful run',
    [run([], { invocations: [{ executionSuccessful: true }, { executionSuccessful: false }] })],
    'its run was not successful',
  ],
  [
    'an error while it ran',
    [
      run([], {
        invocations: [{ toolExecutionNotifications: [{ level: 'error', message: { text: 'rule off' } }] }],
      }),
    ],
    'scanner reports an error: rule off',
  ],
  [
    'an error in its configuration',
    [run([], { invocations: [{ toolConfigurationNotifications: [{ level: 'error' }] }] })],
    'scanner reports an error: without words',
  ],
  [
    'an exception, whatever its level',
    [
      run([], {
        invocations: [{ toolExecutionNotifications: [{ level: 'note', exception: { kind: 'ENOENT' } }] }],
      }),
    ],
    'scanner reports an error: without words',
  ],
  [
    'a level never heard of',
    [run([], { invocations: [{ toolExecutionNotifications: [{ level: 'fatal' }] }] })],
    'scanner reports an error: without words',
  ],
  [
    'an unknown list',
    [run([], { invocations: [{ notifications: [] }] })],
    'SARIF does not know: notifications',
  ],
  [
    'a tool that did not start',
    [run([], { invocations: [{ processStartFailureMessage: 'not found' }] })],
    'scanner could not start: not found',
  ],
  [
    'results in another file',
    [run(null, { externalPropertyFileReferences: { results: [{ location: { uri: 'r.json' } }] } })],
    'the results of scanner are in other files',
  ],
  ['a run of no tool', [{ results: [] }], 'not in the format of SARIF: runs.0.tool'],
])('%s is inconclusive', async (_trap, runs, problem) => {
  const evidence = await sarif(runs);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
