import type { EnvironmentConfig } from '../config/schema.ts';
import { DevopsError } from '../errors.ts';
import { path } from '../platform/files.ts';
import { verifySignature } from '../platform/signatures.ts';
import type { ApprovalAnswerRow } from '../platform/tables.ts';
import type { Project } from '../project.ts';
import { approvalNamespace } from './statement.ts';

type ApprovalPolicy = NonNullable<EnvironmentConfig['approvals']>;

/** Who signed, and for which of the roles that were asked. */
export interface Signer {
  principal: string;
  role: string;
  keyFingerprint: string;
}

/**
 * Finds the role in whose allowed signers the signature over the statement is valid.
 * @throws SIGNATURE_REFUSED with the reason of every role that was tried
 */
export async function verifyForRoles(
  project: Project,
  {
    statement,
    signature,
    roles,
    namespace = approvalNamespace,
  }: { statement: string; signature: string; roles: readonly string[]; namespace?: string },
): Promise<Signer> {
  const reasons: string[] = [];
  for (const role of roles) {
    const signers = project.config.approvers[role];
    if (!signers) continue;
    try {
      const allowedSignersFile = path.resolve(project.dir, signers.allowedSigners);
      const verified = await verifySignature({
        statement,
        signature,
        allowedSignersFile,
        namespace,
      });
      return { ...verified, role };
    } catch (error) {
      if (!(error instanceof DevopsError)) throw error;
      reasons.push(`${role}: ${error.message}`);
    }
  }
  throw new DevopsError(
    'SIGNATURE_REFUSED',
    reasons.join('; ') || `no signers are known for ${roles.join(', ')}`,
    {
      remedy: `Sign with a key that the allowed signers of ${roles.join(' or ')} list.`,
    },
  );
}

/** Nobody approves their own commit, or excuses what it lacks. @throws SIGNATURE_REFUSED */
export function assertNotAuthor(approver: string, author: string, what = 'approve it'): void {
  if (approver.toLowerCase() !== author.toLowerCase()) return;
  throw new DevopsError('SIGNATURE_REFUSED', `${approver} wrote the commit and cannot ${what}`, {
    remedy: 'Somebody else decides.',
  });
}

/**
 * Verifies a stored answer again, so that a changed database or signer list is not taken at its word.
 * @throws SIGNATURE_REFUSED
 */
export async function verifyAnswer(
  project: Project,
  {
    statement,
    policy,
    answer,
    author,
  }: { statement: string; policy: ApprovalPolicy; answer: ApprovalAnswerRow; author: string },
): Promise<void> {
  assertNotAuthor(answer.approver, author);
  if (policy.level !== 'signed') return;
  const signature = answer.signature ?? '';
  const { principal } = await verifyForRoles(project, { statement, signature, roles: policy.from });
  if (principal === answer.approver) return;
  throw new DevopsError(
    'SIGNATURE_REFUSED',
    `the signature is ${principal}'s, the record says ${answer.approver}`,
    {
      remedy: 'Call deploy again to ask anew.',
    },
  );
}
