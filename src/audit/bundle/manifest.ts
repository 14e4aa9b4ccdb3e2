import canonicalize from 'canonicalize';
import * as z from 'zod';

/** The list of what is in an evidence bundle, which names every byte of it. Pure. */

export const bundleNamespace = 'devops-engineer-audit-bundle';
export const manifestName = 'manifest.json';
export const signatureName = 'manifest.json.sig';

const format = 'devops-engineer evidence bundle v1';

const manifest = z.strictObject({
  format: z.literal(format),
  project: z.string(),
  deployment: z.string(),
  environment: z.string(),
  commit: z.string(),
  /** `sha256:…`, where one was built. */
  artifact: z.string().nullable(),
  policyDigest: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  /** The part of the audit trail that is in it. */
  trail: z.strictObject({ chain: z.string(), from: z.int(), to: z.int(), hash: z.string() }),
  /** What should be in it and was not there any more. */
  missing: z.array(z.string()),
  files: z.array(z.strictObject({ path: z.string(), bytes: z.int(), digest: z.string() })),
});
export type Manifest = z.output<typeof manifest>;

export function writeManifest(given: Omit<Manifest, 'format'>): string {
  return `${canonicalize({ format, ...given })}\n`;
}

/** @returns undefined for a text that is no manifest, to the last byte */
export function readManifest(text: string): Manifest | undefined {
  try {
    const read = manifest.parse(JSON.parse(text));
    return writeManifest(read) === text ? read : undefined;
  } catch {
    return undefined;
  }
}

/** Where the parts of a bundle lie in it. */
export const place = {
  readme: 'README.md',
  deployment: 'deployment.json',
  trail: 'audit.jsonl',
  checkpoints: 'checkpoints.jsonl',
  policy: 'policy.json',
  gate: (id: string) => `gates/${id}.json`,
  evidence: (id: string) => `evidence/${id}.json`,
  report: (digest: string) => `reports/${digest.replace('sha256:', '')}`,
  approval: (id: string) => `approvals/${id}.json`,
  override: (id: string) => `overrides/${id}.json`,
  log: (id: string) => `logs/${id}.log`,
};
