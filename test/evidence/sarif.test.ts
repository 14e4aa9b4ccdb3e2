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
      { severity: 'critical', rule: 'sql-injection', place: 'src/orders.js:7' },
      { severity: 'high', rule: 'weak-hash' },
      { severity: 'medium', rule: 'unheard-of' },
      { severity: 'low', rule: 'style/quotes' },
    ],
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
  ['kind pass', { kind: 'pass' }, {}, undefined],
  ['kind fail', { kind: 'fail' }, {}, 'medium'],
  ['gone since the baseline', { baselineState: 'absent' }, {}, undefined],
  ['suppressed', { suppressions: [{ kind: 'external', status: 'accepted' }] }, {}, undefined],
  [
    'suppression under review',
    { suppressions: [{ status: 'accepted' }, { status: 'underReview' }] },
    {},
    'medium',
  ],
  ['suppression rejected', { suppressions: [{ status: 'rejected' }] }, {}, 'medium'],
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

test.each([
  ['no runs', [], 'the report has no runs'],
  ['runs null', null, 'the report has no runs'],
  ['a run without results', [run([]), run(null)], 'the run of scanner has no results'],
  [
    'an unsuccessful run',
    [run([], { invocations: [{ executionSuccessful: true }, { executionSuccessful: false }] })],
    'its run was not successful',
  ],
  ['a run of no tool', [{ results: [] }], 'not in the format of SARIF: runs.0.tool'],
])('%s is inconclusive', async (_trap, runs, problem) => {
  const evidence = await sarif(runs);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
