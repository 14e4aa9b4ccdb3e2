import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

const grype = (report: object) => read(JSON.stringify(report), { format: 'grype' });
const match = (severity: string) => ({ vulnerability: { id: 'CVE-1', severity }, artifact: { name: 'a' } });

test('counts matches by severity, with every name of a vulnerability', async () => {
  expect(await read(fixture('grype.json'))).toEqual({
    format: 'grype',
    kind: 'findings',
    conclusive: true,
    problems: [],
    findings: { critical: 0, high: 1, medium: 0, low: 1, unknown: 1 },
    suppressed: 1,
    findingList: [
      // An advisory for several vulnerabilities goes by its own name only.
      { severity: 'unknown', rule: 'ALAS-2023-1', ids: ['ALAS-2023-1'], package: 'curl' },
      {
        severity: 'high',
        rule: 'GHSA-4374-p667-p6c8',
        ids: ['GHSA-4374-p667-p6c8', 'CVE-2023-39325'],
        package: 'golang.org/x/net',
        version: 'v0.9.0',
        purl: 'pkg:golang/golang.org/x/net@v0.9.0',
        place: '/app/go.mod',
        fix: '0.17.0',
      },
      {
        severity: 'low',
        rule: 'CVE-2011-3374',
        ids: ['CVE-2011-3374'],
        package: 'apt',
        version: '2.2.4',
        fix: 'will not be fixed',
      },
    ],
  });
});

test.each([
  ['Critical', 'critical'],
  ['Medium', 'medium'],
  ['Negligible', 'low'],
  ['', 'unknown'],
])('severity %j is %s', async (word, severity) => {
  expect((await grype({ matches: [match(word)] })).findings).toMatchObject({ [severity]: 1 });
});

test('a scan that found nothing is a scan, and is found by its look', async () => {
  const report = { matches: [], source: { type: 'image' }, distro: {}, descriptor: { name: 'grype' } };
  expect(await read(JSON.stringify(report))).toMatchObject({
    format: 'grype',
    conclusive: true,
    findingList: [],
  });
});

test.each([
  ['no matches', { descriptor: { name: 'grype' } }, 'nothing was scanned'],
  ['matches null', { matches: null, descriptor: {} }, 'nothing was scanned'],
  ['nothing but an empty list', { matches: [] }, 'does not say what was scanned'],
  [
    'a broken database',
    { matches: [], descriptor: { db: { error: 'checksum mismatch' } } },
    'its vulnerability database is no good: checksum mismatch',
  ],
  [
    'a broken database since schema 6',
    { matches: [], descriptor: { db: { status: { error: { reason: 'too old' } } } } },
    'too old',
  ],
  ['a match of nothing', { matches: [{}] }, 'not in the format of grype: matches.0'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await grype(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
