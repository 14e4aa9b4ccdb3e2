import * as z from 'zod';
import { scoreOfVector } from '../cvss.ts';
import { FindingTally } from '../findings.ts';
import { firstIssue } from '../json-report.ts';
import { severityNamed, severityOfScore, worstOf } from '../severities.ts';
import type { Severity } from '../types.ts';
import { Unreadable } from '../unreadable.ts';
import { Misaddressed, type PredicateKind, type Testimony } from './types.ts';

const rating = z.object({ method: z.string().nullish(), score: z.union([z.string(), z.number()]) });
const vulnerability = z.object({
  id: z.string().min(1),
  severity: z.union([z.array(rating), rating.transform((one) => [one])]).nullish(),
});

const schema = z.object({
  scanner: z.object({
    uri: z.string(),
    version: z.string().nullish(),
    // v0.1 is written with and without a level between; cosign's holds the scanner's own report instead of a list.
    result: z.union([
      z.array(z.union([vulnerability, z.object({ vulnerability }).transform((one) => one.vulnerability)])),
      z.looseObject({}),
    ]),
  }),
  metadata: z.object({ scanStartedOn: z.string().nullish(), scanFinishedOn: z.string().nullish() }).nullish(),
});

/**
 * in-toto's Vulnerabilities, v0.1 and v0.2, and cosign's record of a scan, which they come from (`trivy --format
 * cosign-vuln`). It names no check, so the definition names the scanner.
 */
export const vulnerabilities: PredicateKind = {
  kind: 'vulnerabilities',
  types: [
    'https://in-toto.io/attestation/vulns/v0.1',
    'https://in-toto.io/attestation/vulns/v0.2',
    'https://cosign.sigstore.dev/attestation/vuln/v1',
  ],
  read(predicate, { statement, format }) {
    const parsed = schema.safeParse(predicate);
    if (!parsed.success) throw new Unreadable(`no list of vulnerabilities: ${firstIssue(parsed.error)}`);
    const { scanner, metadata } = parsed.data;
    if (statement.kind !== 'vulnerabilities' || !isScanner(scanner.uri, statement.scanner))
      throw new Misaddressed(`is of the scanner ${scanner.uri}`);
    return {
      startedAt: metadata?.scanStartedOn ?? undefined,
      finishedAt: metadata?.scanFinishedOn ?? undefined,
      tool: [scanner.uri, scanner.version].filter(Boolean).join(' '),
      proof: proofOf(scanner.result, format),
    };
  },
};

/** Any version will do where the definition names none: `pkg:github/aquasecurity/trivy`. */
function isScanner(uri: string, wanted: string): boolean {
  return uri === wanted || uri.startsWith(`${wanted}@`);
}

type Result = z.output<typeof schema>['scanner']['result'];

function proofOf(result: Result, format: string | undefined): Testimony['proof'] {
  if (!Array.isArray(result)) {
    // Scanners exit with 0 or not as they are told to; the record keeps no exit code, only that the scan finished.
    return { report: new TextEncoder().encode(JSON.stringify(result)), format, exitCode: 0 };
  }
  const tally = new FindingTally();
  for (const { id, severity } of result) {
    tally.add({ severity: worstOf((severity ?? []).map(severityOf)), rule: id, ids: [id] });
  }
  return { evidence: tally.evidence('vulns') };
}

function severityOf({ method, score }: z.output<typeof rating>): Severity | undefined {
  // How likely it is to be exploited says nothing about how bad that would be.
  if (/epss/i.test(method ?? '')) return undefined;
  const text = String(score).trim();
  if (/^\d+(\.\d+)?$/.test(text)) return severityOfScore(text);
  return severityOfScore(scoreOfVector(text)) ?? severityNamed(text);
}
