import type { EnvironmentConfig } from '../config/schema.ts';
import { DevopsError } from '../errors.ts';
import { authorsOf } from '../gates/review/trailers.ts';
import { path } from '../platform/files.ts';
import { type Signer as KeyOwner, verifySignature } from '../platform/signatures.ts';
import type { ApprovalAnswerRow } from '../platform/tables.ts';
import type { Caller, Project } from '../project.ts';
import { assertNotAuthor, isSamePerson } from './separation.ts';
import { approvalNamespace } from './statement.ts';

type ApprovalPolicy = NonNullable<EnvironmentConfig['approvals']>;

/** Who signed, and for which of the roles that were asked. */
export interface Signer extends KeyOwner {
  role: string;
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
  const remedies = new Set<string>();
  for (const role of roles) {
    const signers = project.config.approvers[role];
    if (!signers) continue;
    const { allowedSigners, revokedKeys } = signers;
    try {
      const verified = await verifySignature({
        statement,
        signature,
        allowedSignersFile: path.resolve(project.dir, allowedSigners),
        ...(revokedKeys !== undefined && { revokedKeysFile: path.resolve(project.dir, revokedKeys) }),
        namespace,
      });
      return { ...verified, role };
    } catch (error) {
      if (!(error instanceof DevopsError)) throw error;
      reasons.push(`${role}: ${error.message}`);
      remedies.add(error.remedy);
    }
  }
  throw new DevopsError(
    'SIGNATURE_REFUSED',
    reasons.join('; ') || `no signers are known for ${roles.join(', ')}`,
    {
      remedy:
        [...remedies].join(' ') || `Sign with a key that the allowed signers of ${roles.join(' or ')} list.`,
    },
  );
}

/** Whoever asked for a deployment does not sign for it. @throws SIGNATURE_REFUSED */
export function assertNotRequester(names: readonly string[], requester: Caller): void {
  const own = names.find((name) => isSamePerson(name, requester.user));
  if (own === undefined) return;
  throw new DevopsError('SIGNATURE_REFUSED', `${own} asked for this deployment and cannot approve it`, {
    remedy: 'Somebody else decides.',
  });
}

/** Everybody who wrote a commit, by what git says of it: a record could name another one. @throws GIT_FAILED */
export async function writersOf(project: Project, sha: string): Promise<string[]> {
  const repository = await project.repository();
  const [{ authorEmail }, { message }] = await Promise.all([
    repository.resolve(sha),
    repository.readCommit(sha),
  ]);
  return authorsOf({ authorEmail, message });
}

/**
 * Verifies a stored answer again, so that a changed database or signer list is not taken at its word.
 * @returns who signed, where policy asks for signatures
 * @throws SIGNATURE_REFUSED
 */
export async function verifyAnswer(
  project: Project,
  {
    statement,
    policy,
    answer,
    authors,
    requester,
  }: {
    statement: string;
    policy: ApprovalPolicy;
    answer: ApprovalAnswerRow;
    authors: readonly string[];
    requester: Caller;
  },
): Promise<Signer | undefined> {
  if (policy.level !== 'signed') {
    assertUnsignedByOthers(answer.approver, authors);
    return undefined;
  }
  const signature = answer.signature ?? '';
  const signer = await verifyForRoles(project, { statement, signature, roles: policy.from });
  if (signer.principal !== answer.approver) {
    throw new DevopsError(
      'SIGNATURE_REFUSED',
      `the signature is ${signer.principal}'s, the record says ${answer.approver}`,
      {
        remedy: 'Call deploy again to ask anew.',
      },
    );
  }
  assertNotRequester(signer.names, requester);
  assertNotAuthor(signer.names, authors, 'approve it');
  return signer;
}

/** Whoever answers without a signature is known by the name that they go by here. @throws SIGNATURE_REFUSED */
export function assertUnsignedByOthers(approver: string, authors: readonly string[]): void {
  if (!authors.some((author) => isSamePerson(author, approver))) return;
  throw new DevopsError('SIGNATURE_REFUSED', `${approver} wrote the commit and cannot approve it`, {
    remedy: 'Somebody else decides.',
  });
}
