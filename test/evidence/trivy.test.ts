import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

const trivy = (report: unknown) => read(JSON.stringify(report), { format: 'trivy' });
const vulnerable = (Severity: string) => ({
  Target: 't',
  Vulnerabilities: [{ VulnerabilityID: 'CVE-1', Severity }],
});

test('counts vulnerabilities, failed checks, secrets and licences', async () => {
  expect(await read(fixture('trivy.json'))).toEqual({
    format: 'trivy',
    kind: 'findings',
    conclusive: true,
    problems: [],
    findings: { critical: 1, high: 2, medium: 0, low: 1, unknown: 1 },
    suppressed: 2,
    findingList: [
      { severity: 'critical', rule: 'aws-access-key-id', ids: ['aws-access-key-id'], place: 'config.js:7' },
      {
        severity: 'unknown',
        rule: 'CVE-2024-0001',
        ids: ['CVE-2024-0001'],
        package: 'left-pad',
        place: 'package-lock.json',
      },
      {
        severity: 'high',
        rule: 'CVE-2021-23337',
        ids: ['CVE-2021-23337', 'GHSA-35jh-r3h4-6jhm'],
        package: 'lodash',
        version: '4.17.19',
        purl: 'pkg:npm/lodash@4.17.19',
        place: 'package-lock.json',
        fix: '4.17.21',
      },
      { severity: 'high', rule: 'DS002', ids: ['DS002', 'AVD-DS-0002'], place: 'Dockerfile:3' },
      { severity: 'low', rule: 'MIT', ids: ['MIT'], place: 'LICENSE' },
    ],
  });
});

test.each([
  ['CRITICAL', 'critical'],
  ['HIGH', 'high'],
  ['MEDIUM', 'medium'],
  ['LOW', 'low'],
  ['UNKNOWN', 'unknown'],
  ['', 'unknown'],
  ['constructor', 'unknown'],
])('severity %j is %s', async (word, severity) => {
  const { findings } = await trivy({ SchemaVersion: 2, Results: [vulnerable(word)] });
  expect(findings).toMatchObject({ [severity]: 1 });
});

test('a vulnerability counts whatever its status says', async () => {
  const Vulnerabilities = ['fixed', 'not_affected', 'will_not_fix', 'end_of_life'].map((Status) => ({
    VulnerabilityID: 'CVE-1',
    Severity: 'LOW',
    Status,
  }));
  const { findings } = await trivy({ SchemaVersion: 2, Results: [{ Target: 't', Vulnerabilities }] });
  expect(findings?.low).toBe(4);
});

test('a check without a status is taken for a failure', async () => {
  const Misconfigurations = [{ ID: 'DS001', Severity: 'LOW' }];
  expect((await trivy([{ Target: 't', Misconfigurations }])).findings?.low).toBe(1);
});

test('the list before schema version 2 is found by its look', async () => {
  const { format, findings } = await read(
    JSON.stringify([vulnerable('HIGH'), { Target: 'u', Vulnerabilities: null }]),
  );
  expect({ format, high: findings?.high }).toEqual({ format: 'trivy', high: 1 });
});

test.each(['Findings', 'Resources', 'Vulnerabilities', 'Misconfigurations'])(
  'the objects of a cluster are found in %s',
  async (list) => {
    const report = { ClusterName: 'c', [list]: [{ Kind: 'Pod', Name: 'p', Results: [vulnerable('LOW')] }] };
    expect(await read(JSON.stringify(report))).toMatchObject({ format: 'trivy', findings: { low: 1 } });
  },
);

test.each([
  [{ Vulnerabilities: [] }],
  [{ Secrets: [] }],
  [{ MisconfSummary: { Successes: 4, Failures: 0 } }],
  [{ ExperimentalModifiedFindings: [{}] }],
])('%j shows that a scanner looked', async (one) => {
  const Results = [{ Target: 'a' }, { Target: 'b', ...one }];
  expect(await trivy({ SchemaVersion: 2, Results })).toMatchObject({ conclusive: true, findingList: [] });
});

test.each([
  ['null', null, 'nothing was scanned'],
  ['an empty list', [], 'nothing was scanned'],
  ['no results', { SchemaVersion: 2, ArtifactName: '.' }, 'nothing was scanned'],
  ['an empty cluster', { ClusterName: 'c', Resources: [{ Kind: 'Pod', Name: 'p' }] }, 'nothing was scanned'],
  ['targets without lists', { SchemaVersion: 2, Results: [{ Target: 'go.mod' }] }, '--format sarif'],
  ['lists that are null', [{ Target: 'a', Vulnerabilities: null }], '--format sarif'],
  ['packages alone', { SchemaVersion: 2, Results: [{ Target: 'a', Packages: [{}] }] }, '--format sarif'],
  ['a later schema', { SchemaVersion: 3, Results: [vulnerable('LOW')] }, 'schema version 3'],
  ['another shape', { SchemaVersion: 2, Results: [{ Vulnerabilities: {} }] }, 'not in the format of trivy'],
  [
    'an object that could not be scanned',
    {
      ClusterName: 'c',
      Resources: [{ Kind: 'Pod', Name: 'p', Error: 'no access', Results: [vulnerable('LOW')] }],
    },
    'Pod/p could not be scanned: no access',
  ],
  ['a list of a later version', [{ ...vulnerable('LOW'), Malware: [{}] }], 'not known here: Malware'],
  [
    'another list of it',
    { SchemaVersion: 2, Results: [vulnerable('LOW')], Rest: [{}] },
    'not known here: Rest',
  ],
  [
    'a list of a later version in a cluster',
    { ClusterName: 'c', Resources: [{ Results: [vulnerable('LOW')], Benchmarks: [{}] }] },
    'not known here: Benchmarks',
  ],
  [
    'failures that are not listed',
    { SchemaVersion: 2, Results: [{ Target: 'a', MisconfSummary: { Failures: 8 } }] },
    'the summary of a counts 8 failures',
  ],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await trivy(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
