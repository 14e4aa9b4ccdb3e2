import { anchorWhatHappened } from '../audit/anchors.ts';
import { personOf, record } from '../audit/trail.ts';
import type { Change } from '../config/comparison.ts';
import { policyChanges, sentenceOf } from '../config/weakening.ts';
import { DevopsError } from '../errors.ts';
import { now, timestamp } from '../platform/clock.ts';
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
import {
  type PolicyFacts,
  policyNamespace,
  readPolicyStatement,
  writePolicyStatement,
} from './policy-statement.ts';
import { recordingRefusal } from './refused-answers.ts';
import {
  assertSameQuestion,
  assertSignedJustNow,
  differingFields,
  factsOf,
  type SignedElsewhere,
} from './signed-elsewhere.ts';

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

/** What a person decided where their key is: everything else stands in what they signed. */
export interface PolicyAnswerElsewhere {
  signed: SignedElsewhere;
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

/** What a person would sign now. @throws NO_CHANGE */
export function policyTextToSign(
  project: Project,
  question: PolicyQuestion,
  { decision, reason }: Pick<PolicyAnswer, 'decision' | 'reason'>,
): string {
  return writePolicyStatement({
    ...presentFacts(project, question),
    decision,
    reason: reason === undefined ? null : project.redact(reason),
    at: timestamp(),
    nonce: newId('pol'),
  });
}

/** @throws NO_CHANGE */
function presentFacts(project: Project, { approved, changes }: PolicyQuestion) {
  const { policy } = project;
  if (approved.digest === policy.digest && approved.how === 'approved') {
    throw new DevopsError('NO_CHANGE', `this very policy was approved already, by ${approved.approver}`, {
      remedy: 'There is nothing to decide until devops.yaml or a signer file changes.',
    });
  }
  return {
    project: project.config.project,
    number: approved.number + 1,
    from: approved.digest,
    to: policy.digest,
    weakenings: changes.filter((change) => change.weaker).map(sentenceOf),
  } satisfies Partial<PolicyFacts>;
}

/**
 * Records the answer. An approval puts the policy in force in the place of the approved one; a rejection changes
 * nothing.
 * @throws NO_CHANGE, SIGNATURE_REFUSED, REQUEST_CLOSED when another answer came first
 */
export async function answerPolicy(
  project: Project,
  question: PolicyQuestion,
  answer: PolicyAnswer | PolicyAnswerElsewhere,
): Promise<AnsweredPolicy> {
  const attempt = { caller: answer.caller, action: 'policy.answer', subject: policySubject };
  return recordingRefusal(project, attempt, () => takeAnswer(project, question, answer));
}

async function takeAnswer(
  project: Project,
  question: PolicyQuestion,
  answer: PolicyAnswer | PolicyAnswerElsewhere,
): Promise<AnsweredPolicy> {
  const { policy } = project;
  const { approved, roles } = question;
  const statement =
    'signed' in answer ? answer.signed.statement : policyTextToSign(project, question, answer);
  const facts = factsOf(readPolicyStatement(statement), 'a policy', 'approve policy');
  const { decision, number, at, reason, weakenings: weaker } = facts;
  assertSameQuestion(differingFields(facts, presentFacts(project, question), namesOfFields));
  assertSignedJustNow(at);
  const given =
    'signed' in answer
      ? await signedBefore(answer.signed, roles, at)
      : await signedHere(statement, roles, answer, new Date(at));
  await project.state.change(async (writer) => {
    if ((await lastApproved(writer))?.number !== approved.number) {
      throw new DevopsError('REQUEST_CLOSED', 'another policy was approved in the meantime', {
        remedy: 'Look again with "devops-engineer approve policy".',
      });
    }
    if (decision === 'approve') {
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
      action: `policy.${decision}`,
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
    decision,
    number,
    digest: policy.digest,
    from: approved.digest,
    weaker,
    approver: given.approver,
    level: given.level,
    ...(given.role !== null && { role: given.role }),
  };
}

const namesOfFields = {
  from: 'approved policy',
  to: 'policy in force',
  weakenings: 'list of what it demands less',
};

/** @throws SIGNATURE_REFUSED */
async function signedBefore(signed: SignedElsewhere, roles: readonly SignerRole[], at: string) {
  assertSomebodySigns(roles);
  await signerAmong(roles, { ...signed, at: now() }); // whoever could sign then must be able to do so still
  return countedSigner(signed.signature, await signerAmong(roles, { ...signed, at: new Date(at) }));
}

async function signedHere(statement: string, roles: readonly SignerRole[], answer: PolicyAnswer, at: Date) {
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
  assertSomebodySigns(roles);
  const signature = await signStatement({ statement, keyFile, namespace: policyNamespace });
  return countedSigner(signature, await signerAmong(roles, { statement, signature, at }));
}

function assertSomebodySigns(roles: readonly SignerRole[]): void {
  if (roles.length > 0) return;
  throw new DevopsError('SIGNATURE_REFUSED', 'the approved policy lists nobody whose signature would count', {
    remedy: 'Answer without a signature: it is recorded as unverified.',
  });
}

function countedSigner(signature: string, signer: Awaited<ReturnType<typeof signerAmong>>) {
  const { principal, role, keyFingerprint } = signer;
  return {
    approver: principal,
    role,
    level: 'signed' as const,
    key_fingerprint: keyFingerprint,
    signature,
  };
}
