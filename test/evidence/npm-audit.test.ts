import { expect, test } from 'vitest';
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
      },
      {
        severity: 'medium',
        rule: 'via minimist',
        package: 'mkdirp',
        place: 'node_modules/mkdirp',
        fix: 'mkdirp@3.0.1',
      },
      { severity: 'low', rule: 'Something small', package: 'tar' },
    ],
  });
});

test('version 1: one finding per advisory', async () => {
  expect(await read(fixture('npm-audit-v1.json'))).toMatchObject({
    format: 'npm-audit',
    conclusive: true,
    findings: { critical: 0, high: 1, medium: 0, low: 1, unknown: 0 },
    findingList: [
      { severity: 'high', rule: '999 Gone', package: 'left-pad' },
      {
        severity: 'low',
        rule: '1179 Prototype Pollution',
        package: 'minimist',
        place: 'mkdirp>minimist',
        fix: 'minimist >=0.2.1 <1.0.0',
      },
    ],
  });
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
  ['another shape', { vulnerabilities: [] }, 'not in the format of npm audit: vulnerabilities'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await audit(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
