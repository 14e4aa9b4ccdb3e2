import { expect, test } from 'vitest';
import { maxIds } from '../../src/evidence/types.ts';
import { fixture, read } from './reading.ts';

const audit = (report: object) => read(JSON.stringify(report), { format: 'npm-audit' });

test('version 2: one finding per vulnerable package', async () => {
  expect(await read(fixture('npm-audit.json'))).toEqual({
    format: 'npm-audit',
    kind: 'findings',
    conclusive: true,
    problems: [],
    findings: { critical: 1, high: 0, medium: 1, low: 1, unknown: 0 },
    findingList: [
      {
        severity: 'critical',
        rule: 'GHSA-xvch-5gv4-984h Prototype Pollution',
        package: 'minimist',
        place: 'node_modules/minimist',
        fix: 'npm audit fix',
        ids: ['GHSA-xvch-5gv4-984h', '1097678'],
      },
      {
        severity: 'medium',
        rule: 'via minimist',
        package: 'mkdirp',
        place: 'node_modules/mkdirp',
        fix: 'mkdirp@3.0.1',
        causes: [{ ids: ['GHSA-xvch-5gv4-984h', '1097678'], package: 'minimist' }],
      },
      {
        severity: 'low',
        rule: 'Something small',
        package: 'tar',
        // The second advisory has no name, so that nobody can excuse it.
        causes: [
          { ids: [], package: 'tar' },
          { ids: ['GHSA-xvch-5gv4-984h', '1097678'], package: 'minimist' },
        ],
      },
    ],
  });
});

test('version 1: one finding per advisory', async () => {
  expect(await read(fixture('npm-audit-v1.json'))).toMatchObject({
    format: 'npm-audit',
    conclusive: true,
    findings: { critical: 0, high: 1, medium: 0, low: 1, unknown: 0 },
    findingList: [
      { severity: 'high', rule: '999 Gone', package: 'left-pad', ids: ['999'] },
      {
        severity: 'low',
        rule: '1179 Prototype Pollution',
        package: 'minimist',
        place: 'mkdirp>minimist',
        version: '0.0.8',
        fix: 'minimist >=0.2.1 <1.0.0',
        ids: ['1179', 'GHSA-vh95-rmgr-6w4m', 'CVE-2020-7598'],
      },
    ],
  });
});

test('follows circles of dependencies to every advisory, and no further than is known', async () => {
  const advisory = (source: number) => ({ source, title: 'x' });
  const { findingList } = await audit({
    vulnerabilities: {
      a: { severity: 'low', via: ['b'] },
      b: { severity: 'low', via: ['a', advisory(1), advisory(2)] },
      c: { severity: 'low', via: ['gone'] },
    },
  });
  const both = ['1', '2'].map((id) => ({ ids: [id], package: 'b' }));
  expect(findingList?.map(({ causes }) => causes)).toEqual([both, both, [{ ids: [], package: 'gone' }]]);
});

test('a way of thousands to an advisory is not followed, and excused by none', async () => {
  const vulnerabilities = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, at) => [`p${at}`, { severity: 'low', via: [`p${at + 1}`] }]),
  );
  const { findings, findingList } = await audit({ vulnerabilities });
  expect(findings?.low).toBe(5_000);
  expect(findingList?.[0]?.causes).toEqual([{ ids: [], package: 'p200' }]);
});

test('more advisories than are kept end with one that has no name', async () => {
  const via = Array.from({ length: maxIds + 1 }, (_, source) => ({ source }));
  const { findingList } = await audit({ vulnerabilities: { a: { severity: 'low', via } } });
  expect(findingList?.[0]?.causes).toHaveLength(maxIds + 1);
  expect(findingList?.[0]?.causes?.at(-1)).toEqual({ ids: [] });
});

test('version 1 is found where the actions come first and fill the head', async () => {
  const resolves = Array.from({ length: 2_000 }, (_, id) => ({ id, path: 'a>b>c', dev: false }));
  const report = { actions: [{ action: 'install', resolves }], advisories: { 1: { severity: 'low' } } };
  expect(await read(JSON.stringify(report))).toMatchObject({ format: 'npm-audit', findings: { low: 1 } });
});

test('nothing found is a scan; a severity never heard of is unknown', async () => {
  expect(await audit({ auditReportVersion: 2, vulnerabilities: {} })).toMatchObject({
    conclusive: true,
    findingList: [],
  });
  const { findings } = await audit({ vulnerabilities: { a: { severity: 'constructor' }, b: {} } });
  expect(findings?.unknown).toBe(2);
});

test.each([
  [
    'an error',
    { error: { code: 'ENOLOCK', summary: 'requires an existing lockfile' } },
    'npm could not scan: requires an existing lockfile',
  ],
  [
    'an error that says nothing',
    { message: '405 Method Not Allowed', error: { summary: '', detail: '' } },
    'npm could not scan: 405',
  ],
  ['an error beside findings', { error: 'x', vulnerabilities: {} }, 'npm could not scan: x'],
  ['no vulnerabilities', { auditReportVersion: 2, metadata: {} }, 'neither vulnerabilities nor advisories'],
  [
    'vulnerabilities null',
    { auditReportVersion: 2, vulnerabilities: null },
    'neither vulnerabilities nor advisories',
  ],
  [
    'a summary without its findings',
    { vulnerabilities: {}, metadata: { vulnerabilities: { high: 2 } } },
    'the report lists none',
  ],
  [
    'a summary of more than is listed',
    { vulnerabilities: { a: { severity: 'low' } }, metadata: { vulnerabilities: { low: 3, total: 3 } } },
    'counts 3 vulnerabilities, but the report lists 1',
  ],
  ['another shape', { vulnerabilities: [] }, 'not in the format of npm audit: vulnerabilities'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await audit(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
