import { describe, expect, test } from 'vitest';
import { readEvidence } from '../../../src/evidence/index.ts';
import type { AttestedReport } from '../../../src/evidence/predicates/types.ts';
import { fixture } from '../reading.ts';
import { ask, time } from './asking.ts';

const v01 = 'https://in-toto.io/attestation/vulns/v0.1';
const v02 = 'https://in-toto.io/attestation/vulns/v0.2';
const cosign = 'https://cosign.sigstore.dev/attestation/vuln/v1';
const asked = { statement: { kind: 'vulnerabilities', scanner: 'pkg:github/aquasecurity/trivy' } } as const;
const uri = 'pkg:github/aquasecurity/trivy@244fd47e07d1004f0aed9';
const metadata = { scanStartedOn: '2026-06-01T11:59:00Z', scanFinishedOn: time };
const read = (result: unknown, type = v02, scanner: object = {}) =>
  ask(type, { scanner: { uri, version: '0.19.2', result, ...scanner }, metadata }, asked);

test('counts each vulnerability once, by the worst opinion on it', () => {
  const result = [
    {
      id: 'CVE-1',
      severity: [
        { method: 'nvd', score: 'medium' },
        { method: 'cvss_score', score: '5.2' },
      ],
    },
    {
      id: 'CVE-2',
      severity: [
        { method: 'nvd', score: 'low' },
        { method: 'cvss_score', score: '9.8' },
      ],
    },
    { id: 'CVE-3', severity: [{ method: 'CVSSv3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N' }] },
    { id: 'CVE-4', severity: { method: 'nvd', score: 7.5 } },
    { id: 'CVE-5', severity: [{ method: 'epss', score: '0.97' }] },
    { id: 'CVE-6' },
    { id: 'CVE-7', severity: [{ method: 'own', score: 'severe' }] },
  ];
  const { proof, ...told } = read(result);
  expect(told).toEqual({ startedAt: metadata.scanStartedOn, finishedAt: time, tool: `${uri} 0.19.2` });
  expect(proof).toMatchObject({
    evidence: {
      format: 'vulns',
      kind: 'findings',
      conclusive: true,
      findings: { critical: 2, high: 1, medium: 1, low: 0, unknown: 3 },
    },
  });
});

test('an empty list is a scan that found nothing', () => {
  expect(read([])).toMatchObject({ proof: { evidence: { conclusive: true, findings: { critical: 0 } } } });
});

test('v0.1 may have a level between', () => {
  const entry = { id: 'CVE-1', severity: [{ method: 'nvd', score: 'high' }] };
  for (const result of [[entry], [{ vulnerability: entry }]]) {
    expect(read(result, v01)).toMatchObject({ proof: { evidence: { findings: { high: 1 } } } });
  }
});

test('cosign’s record holds the report of the scanner itself', async () => {
  const raw = JSON.parse(fixture('trivy.json').toString('utf8'));
  const { proof } = read(raw, cosign);
  const { report, exitCode } = proof as AttestedReport;
  expect(exitCode).toBe(0);
  async function* chunks() {
    yield report;
  }
  expect(await readEvidence(chunks())).toMatchObject({ format: 'trivy', kind: 'findings', conclusive: true });
});

describe('is refused', () => {
  test.each([
    ['without a result', undefined, 'result'],
    ['with null', null, 'result'],
    ['with a text', 'nothing found', 'result'],
    ['with an entry without a name', [{ severity: [] }], 'result'],
    ['with an empty name', [{ id: '' }], 'result'],
  ])('%s', (_what, result, reason) => {
    expect(() => read(result)).toThrow(reason);
  });

  test.each([
    'pkg:github/aquasecurity/trivy-operator@1',
    'pkg:github/anchore/grype@1',
    'pkg:github/aquasecurity/triv',
  ])('of another scanner: %s', (other) => {
    expect(() => read([], v02, { uri: other })).toThrow(expect.objectContaining({ name: 'Misaddressed' }));
  });
});

test('without a time it does not have one', () => {
  expect(ask(v02, { scanner: { uri, result: [] } }, asked).finishedAt).toBeUndefined();
});
