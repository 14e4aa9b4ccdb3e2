import * as z from 'zod';
import type { AuditEntry } from '../chain.ts';

/** The parts of a bundle as far as they are held against each other. Whoever made one may have written anything. Pure. */

export const deploymentPart = z.looseObject({
  id: z.string(),
  environment: z.string(),
  kind: z.string(),
  state: z.string(),
  commit_sha: z.string(),
  artifact_digest: z.string().nullable(),
  policy_digest: z.string(),
  gate_id: z.string().nullable(),
});
export type DeploymentPart = z.output<typeof deploymentPart>;

export const gatePart = z.looseObject({
  id: z.string(),
  environment: z.string(),
  commit_sha: z.string(),
  verdict: z.string(),
  policy_digest: z.string(),
  requirements: z.array(
    z.looseObject({ name: z.string(), verdict: z.string(), evidenceId: z.string().optional() }),
  ),
});

export const evidencePart = z.looseObject({
  id: z.string(),
  commit_sha: z.string(),
  report_digest: z.string().nullable(),
  evidence: z.record(z.string(), z.unknown()),
});

export const approvalPart = z.looseObject({
  id: z.string(),
  deployment_id: z.string(),
  statement: z.string(),
  roles: z.array(z.string()),
  status: z.string(),
  answers: z.array(
    z.looseObject({
      approver: z.string(),
      role: z.string(),
      level: z.string(),
      decision: z.enum(['approve', 'reject']),
      reason: z.string().nullable(),
      signature: z.string().nullable(),
      at: z.string(),
    }),
  ),
});
export type ApprovalPart = z.output<typeof approvalPart>;

export const policyPart = z.looseObject({
  digest: z.string(),
  content: z.string(),
  signers: z.record(z.string(), z.string().nullable()),
});
export type PolicyPart = z.output<typeof policyPart>;

export const entryLine = z.looseObject({
  position: z.int(),
  at: z.string(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  decision: z.string(),
  detail: z.record(z.string(), z.unknown()),
  previous: z.string(),
  hash: z.string(),
}) as unknown as z.ZodType<AuditEntry>;

/** The file of allowed signers that a policy means by a role, or by the key of its trail. */
export function signersOf(policy: PolicyPart, who: { role: string } | 'audit'): string | undefined {
  return contentOf(policy, who, 'allowedSigners');
}

/** The file of keys that a policy means to count no more for a role. */
export function revokedOf(policy: PolicyPart, role: string): string | undefined {
  return contentOf(policy, { role }, 'revokedKeys');
}

type SignerFiles = Partial<Record<'allowedSigners' | 'revokedKeys', string>>;

function contentOf(
  { content, signers }: PolicyPart,
  who: { role: string } | 'audit',
  which: keyof SignerFiles,
): string | undefined {
  try {
    const policy = JSON.parse(content) as { approvers?: Record<string, SignerFiles>; audit?: SignerFiles };
    const file = who === 'audit' ? policy.audit?.[which] : policy.approvers?.[who.role]?.[which];
    return file === undefined || !Object.hasOwn(signers, file) ? undefined : (signers[file] ?? undefined);
  } catch {
    return undefined;
  }
}
