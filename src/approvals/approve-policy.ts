import { anchorWhatHappened } from '../audit/anchors.ts';
import { personOf, record } from '../audit/trail.ts';
import type { Change } from '../config/comparison.ts';
import { policyChanges, sentenceOf } from '../config/weakening.ts';
import { DevopsError } from '../errors.ts';
import { timestamp } from '../platform/clock.ts';
import { newId } from '../platform/identifiers.ts';
import { signStatement } from '../platform/signatures.ts';
import type { PolicyRow } from '../platform/tables.ts';
import type { Caller, Project } from '../project.ts';
import {
  contentOf,
  lastApproved,
  namesOf,
  policySubject,
  signerAmong,
  trustFirstPolicy,
  whyNotNext,
} from './approved-policies.ts';
import { rolesThatApprove, type SignerRole } from './policy-approvers.ts';
import { policyNamespace, writePolicyStatement } from './policy-statement.ts';

/** A person's answer to a policy that changed. Only the command line gives these: no tool of the agent can. */

export interface PolicyQuestion {
  /** The policy that was approved last. */
  approved: PolicyRow;
  /** Every difference of the policy in force from it. */
  changes: Change[];
  /** Who may answer; nobody where the approved policy knows no signer. */
  roles: SignerRole[];
}

/** What there is to decide. @throws STATE_FAILED when the record of the approved policies cannot be believed */
export async function policyQuestion(project: Project, caller: Caller): Promise<PolicyQuestion> {
  await trustFirstPolicy(project, caller);
  const rows = await project.state.read.selectFrom('policies').selectAll().orderBy('number').execute();
  for (const [index, row] of rows.entries()) {
    const why = row.number === index + 1 ? await whyNotNext(rows[index - 1], row) : 'one before it is gone';
    if (why !== undefined) throw unbelievable(`policy ${row.number} of the record does not hold: ${why}`);
  }
  const approved = rows.at(-1);
  if (!approved) throw unbelievable('the approved policies are gone');
  return {
    approved,
    changes: policyChanges(contentOf(approved), project.policy),
    roles: rolesThatApprove(contentOf(approved)),
  };
}

function unbelievable(why: string): DevopsError {
  return new DevopsError('STATE_FAILED', why, {
    remedy:
      'Put a copy of .devops/state.db from before the damage in its place; "devops-engineer audit verify" shows whether the audit trail was changed too.',
  });
}

export interface PolicyAnswer {
  decision: 'approve' | 'reject';
  /** SSH key file. */
  keyFile?: string;
  reason?: string;
  caller: Caller;
}

export interface AnsweredPolicy {
  decision: PolicyAnswer['decision'];
  number: number;
  digest: string;
  from: string;
  weaker: string[];
  approver: string;
  role?: string;
  level: 'signed' | 'unverified';
}

/**
 * Records the answer. An approval puts the policy in force in the place of the approved one; a rejection changes
 * nothing.
 * @throws NO_CHANGE, SIGNATURE_REFUSED, REQUEST_CLOSED when another answer came first
 */
export async function answerPolicy(
  project: Project,
  { approved, changes, roles }: PolicyQuestion,
  answer: PolicyAnswer,
): Promise<AnsweredPolicy> {
  const { policy } = project;
  if (approved.digest === policy.digest && approved.how === 'approved') {
    throw new DevopsError('NO_CHANGE', `this very policy was approved already, by ${approved.approver}`, {
      remedy: 'There is nothing to decide until devops.yaml or a signer file changes.',
    });
  }
  const weaker = changes.filter((change) => change.weaker).map(sentenceOf);
  const number = approved.number + 1;
  const at = timestamp();
  const reason = answer.reason === undefined ? null : project.redact(answer.reason);
  const statement = writePolicyStatement({
    project: project.config.project,
    decision: answer.decision,
    number,
    from: approved.digest,
    to: policy.digest,
    weakenings: weaker,
    reason,
    at,
    nonce: newId('pol'),
  });
  const given = await signed(statement, roles, answer, new Date(at));
  await project.state.change(async (writer) => {
    if ((await lastApproved(writer))?.number !== approved.number) {
      throw new DevopsError('REQUEST_CLOSED', 'another policy was approved in the meantime', {
        remedy: 'Look again with "devops-engineer approve policy".',
      });
    }
    if (answer.decision === 'approve') {
      await writer
        .insertInto('policies')
        .values({
          number,
          digest: policy.digest,
          content: policy.text,
          signers: JSON.stringify(policy.signers),
          how: 'approved',
          reason,
          statement,
          at,
          ...given,
        })
        .execute();
    }
    await record(writer, {
      caller: answer.caller,
      action: `policy.${answer.decision}`,
      subject: policySubject,
      decision: given.level,
      person: personOf(given),
      detail: {
        number,
        digest: policy.digest,
        from: approved.digest,
        weaker,
        approver: given.approver,
        role: given.role,
        keyFingerprint: given.key_fingerprint,
        reason: reason ?? undefined,
      },
    });
  });
  await anchorWhatHappened(project);
  return {
    decision: answer.decision,
    number,
    digest: policy.digest,
    from: approved.digest,
    weaker,
    approver: given.approver,
    level: given.level,
    ...(given.role !== null && { role: given.role }),
  };
}

async function signed(statement: string, roles: readonly SignerRole[], answer: PolicyAnswer, at: Date) {
  const { keyFile, caller, decision } = answer;
  if (keyFile === undefined) {
    if (roles.length > 0 && decision === 'approve') {
      throw new DevopsError(
        'SIGNATURE_REFUSED',
        'the approved policy has signers, so its successor is signed',
        {
          remedy: `Answer with "devops-engineer approve policy --key FILE" and a key of ${namesOf(roles)}.`,
        },
      );
    }
    return {
      approver: caller.user,
      role: null,
      level: 'unverified' as const,
      key_fingerprint: null,
      signature: null,
    };
  }
  if (roles.length === 0) {
    throw new DevopsError(
      'SIGNATURE_REFUSED',
      'the approved policy lists nobody whose signature would count',
      {
        remedy: 'Leave --key out: the answer is recorded as unverified.',
      },
    );
  }
  const signature = await signStatement({ statement, keyFile, namespace: policyNamespace });
  const { principal, role, keyFingerprint } = await signerAmong(roles, { statement, signature, at });
  return {
    approver: principal,
    role,
    level: 'signed' as const,
    key_fingerprint: keyFingerprint,
    signature,
  };
}
