import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

const osv = (report: unknown) => read(JSON.stringify(report), { format: 'osv-scanner' });
const of = (rest: object) => ({ results: [{ packages: [{ package: { name: 'a' }, ...rest }] }] });

test('counts each vulnerability of a package once, whatever its names', async () => {
  expect(await read(fixture('osv-scanner.json'))).toEqual({
    format: 'osv-scanner',
    kind: 'findings',
    conclusive: true,
    problems: [],
    findings: { critical: 0, high: 1, medium: 1, low: 0, unknown: 2 },
    findingList: [
      {
        severity: 'unknown',
        rule: 'MAL-2024-1',
        ids: ['MAL-2024-1'],
        package: 'selenium',
        version: '3.141.0',
        place: '/src/requirements.txt',
      },
      {
        severity: 'unknown',
        rule: 'license GPL-3.0',
        ids: ['GPL-3.0'],
        package: 'selenium',
        version: '3.141.0',
        place: '/src/requirements.txt',
      },
      {
        severity: 'high',
        rule: 'PYSEC-2023-206',
        ids: ['PYSEC-2023-206', 'CVE-2023-5590'],
        package: 'selenium',
        version: '3.141.0',
        place: '/src/requirements.txt',
      },
      {
        severity: 'medium',
        rule: 'GHSA-g4mx-q9vg-27p4',
        ids: ['GHSA-g4mx-q9vg-27p4', 'PYSEC-2023-212', 'CVE-2023-45803'],
        package: 'urllib3',
        version: '1.26.17',
        place: '/src/requirements.txt',
        fix: '1.26.18',
      },
    ],
  });
});

test.each([
  ['the score', { groups: [{ ids: ['X'], max_severity: '9.8' }] }, 'critical'],
  ['a score that is a number', { groups: [{ ids: ['X'], max_severity: 3.9 }] }, 'low'],
  ['the word', { vulnerabilities: [{ id: 'X', database_specific: { severity: 'HIGH' } }] }, 'high'],
  [
    'the worst of score and word',
    {
      groups: [{ ids: ['X'], max_severity: '5.3' }],
      vulnerabilities: [{ id: 'X', database_specific: { severity: 'CRITICAL' } }],
    },
    'critical',
  ],
  ['no opinion', { groups: [{ ids: ['X'], max_severity: '' }] }, 'unknown'],
  [
    'a vector that cannot be rated',
    { vulnerabilities: [{ id: 'X', severity: [{ score: 'CVSS:4.0/AV:N' }] }] },
    'unknown',
  ],
])('severity by %s', async (_what, one, severity) => {
  expect((await osv(of(one))).findings).toMatchObject({ [severity]: 1 });
});

test('without groups, as in the first releases, aliases say what is the same', async () => {
  const report = {
    results: [
      {
        packageSource: { path: 'go.mod', type: 'lockfile' },
        packages: [
          {
            Package: { name: 'net', version: '1', ecosystem: 'Go' },
            vulnerabilities: [
              { id: 'GO-1', aliases: ['CVE-1'] },
              { id: 'GHSA-1', aliases: ['CVE-1'] },
              { id: 'GO-2' },
            ],
          },
        ],
      },
    ],
  };
  const { format, findings, findingList } = await read(JSON.stringify(report));
  expect({ format, unknown: findings?.unknown }).toEqual({ format: 'osv-scanner', unknown: 2 });
  expect(findingList?.[0]).toMatchObject({
    package: 'net',
    place: 'go.mod',
    ids: ['GO-1', 'GHSA-1', 'CVE-1'],
  });
});

test('a package known by its commit alone is named by it', async () => {
  const report = {
    results: [{ packages: [{ package: { name: '', commit: 'f5f3c22' }, groups: [{ ids: ['X'] }] }] }],
  };
  expect((await osv(report)).findingList?.[0]?.package).toBe('f5f3c22');
});

test('an empty list of results is a scan that found nothing', async () => {
  expect(await osv({ results: [] })).toMatchObject({ conclusive: true, findingList: [] });
  const { format } = await read(JSON.stringify({ results: [], experimental_config: { licenses: {} } }));
  expect(format).toBe('osv-scanner');
  expect((await read(JSON.stringify({ results: [] }))).format).toBe('unknown');
});

test.each([
  ['an object without results', {}, 'nothing was scanned'],
  ['results null', { results: null }, 'nothing was scanned'],
  ['null', null, 'not in the format of osv-scanner'],
  [
    'a source without packages',
    { results: [{ source: { path: 'go.mod' } }] },
    'which packages it found in go.mod',
  ],
  [
    'a package that is none',
    { results: [{ source: { path: 'go.mod' }, packages: [{ path: 'a' }] }] },
    'it does not say what a package in go.mod is',
  ],
  ['another shape', { results: {} }, 'not in the format of osv-scanner: results'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await osv(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});

test('an empty file is inconclusive', async () => {
  expect(await read('', { format: 'osv' })).toMatchObject({
    format: 'osv-scanner',
    conclusive: false,
    problems: ['the report is empty'],
  });
});
