import { trustFirstPolicy } from '../approvals/approved-policies.ts';
import {
  overrideNamespace,
  readOverrideStatement,
  writeOverrideStatement,
} from '../approvals/override-statement.ts';
import { differencesOf, longestOverrideMs } from '../approvals/overrides.ts';
import { recordingRefusal } from '../approvals/refused-answers.ts';
import { assertNotAuthor } from '../approvals/separation.ts';
import {
  assertSameQuestion,
  assertSignedJustNow,
  factsOf,
  type SignedElsewhere,
} from '../approvals/signed-elsewhere.ts';
import { verifyForRoles, writersOf } from '../approvals/verification.ts';
import { anchorWhatHappened } from '../audit/anchors.ts';
import { record } from '../audit/trail.ts';
import { DevopsError } from '../errors.ts';
import { now, timestamp } from '../platform/clock.ts';
import { newId } from '../platform/identifiers.ts';
import { signStatement } from '../platform/signatures.ts';
import type { Caller, Project } from '../project.ts';
import { assess, subjectOf } from './assess.ts';
import { requirementsBeyondGate } from './beyond-gate.ts';
import { isOverridable } from './overridden.ts';
import type { GateSubject } from './subject.ts';
import type { RequirementResult } from './types.ts';

/** A person decides that a requirement does not count. Only the command line asks: no tool of the agent can. */

export interface OverrideQuestion {
  subject: GateSubject;
  /** The requirement as it stands. */
  result: RequirementResult;
  /** Roles of which one may decide. */
  roles: readonly string[];
}

/**
 * What there is to override.
 * @throws UNKNOWN_ENVIRONMENT, UNKNOWN_COMMIT, INVALID_ARGUMENTS for a requirement that is none or cannot be
 * overridden, NO_CHANGE for one that passes, SIGNATURE_REFUSED where nobody may override
 */
export async function overrideQuestion(
  project: Project,
  {
    environment,
    requirement,
    ref,
    caller,
  }: Record<'environment' | 'requirement' | 'ref', string> & { caller: Caller },
): Promise<OverrideQuestion> {
  const subject = await subjectOf(project, environment, ref);
  await trustFirstPolicy(project, caller);
  const roles = subject.policy.approvals?.from;
  if (!roles) {
    throw new DevopsError(
      'SIGNATURE_REFUSED',
      `${environment} has no approvals, so nobody may override there`,
      {
        remedy: `A person adds "approvals: { from: [ROLE] }" to environments.${environment} in devops.yaml; it names those who may.`,
      },
    );
  }
  const assessed = await assess(project, subject);
  const requirements = [...assessed.requirements, ...requirementsBeyondGate(subject.policy)];
  const result = requirements.find(({ name }) => name === requirement);
  if (!result || !isOverridable(requirement)) {
    const names = requirements.map(({ name }) => name).filter(isOverridable);
    throw new DevopsError(
      'INVALID_ARGUMENTS',
      result
        ? `"${requirement}" cannot be overridden: a weaker policy needs an approval of its own`
        : `the ${environment} gate has no requirement "${requirement}"`,
      {
        remedy: result
          ? 'A person runs "devops-engineer approve policy", or undoes the change.'
          : `Name one of: ${names.join(', ')}.`,
      },
    );
  }
  if (result.verdict === 'pass' && !result.override) {
    throw new DevopsError('NO_CHANGE', `${requirement} passes: ${result.observed}`, {
      remedy: 'There is nothing to override.',
    });
  }
  return { subject, result, roles };
}

/** What a person says of the question. */
export interface OverrideDecision {
  reason: string;
  until: Date;
}

/** By a key file that is here, or what a person signed where their key is. */
export type OverrideAnswer = { caller: Caller } & (
  | (OverrideDecision & { keyFile: string })
  | { signed: SignedElsewhere }
);

export interface RecordedOverride {
  id: string;
  environment: string;
  requirement: string;
  commit: string;
  by: string;
  role: string;
  reason: string;
  until: string;
}

/** What a person would sign now. @throws INVALID_ARGUMENTS for a reason that is none, or a time too far ahead */
export function overrideTextToSign(
  project: Project,
  { subject, result }: OverrideQuestion,
  { reason, until }: OverrideDecision,
): string {
  assertReasonAndTime(reason, until);
  return writeOverrideStatement({
    project: project.config.project,
    environment: subject.environment,
    requirement: result.name,
    commit: subject.commit.sha,
    policyDigest: project.policyDigest,
    reason: project.redact(reason.trim()),
    until: timestamp(until),
    saw: { verdict: result.verdict, observed: result.observed },
    at: timestamp(),
    nonce: newId('ovr'),
  });
}

/** @throws INVALID_ARGUMENTS, SIGNATURE_REFUSED, REQUEST_CLOSED for a statement that was recorded before */
export async function recordOverride(
  project: Project,
  question: OverrideQuestion,
  answer: OverrideAnswer,
): Promise<RecordedOverride> {
  const { environment } = question.subject;
  const attempt = { caller: answer.caller, action: 'gate.override', subject: environment };
  return recordingRefusal(project, attempt, () => takeDecision(project, question, answer));
}

async function takeDecision(
  project: Project,
  question: OverrideQuestion,
  answer: OverrideAnswer,
): Promise<RecordedOverride> {
  const { subject, result, roles } = question;
  const { environment, commit } = subject;
  const statement =
    'signed' in answer ? answer.signed.statement : overrideTextToSign(project, question, answer);
  const facts = factsOf(readOverrideStatement(statement), 'an override', 'override …');
  assertSameQuestion(
    differencesOf(facts, {
      project: project.config.project,
      environment,
      requirement: result.name,
      commit: commit.sha,
      policyDigest: project.policyDigest,
    }),
  );
  const { nonce: id, at, until, saw } = facts;
  const reason = project.redact(facts.reason);
  assertSignedJustNow(at);
  assertReasonAndTime(reason, new Date(until));
  const signature =
    'signed' in answer
      ? answer.signed.signature
      : await signStatement({ statement, keyFile: answer.keyFile, namespace: overrideNamespace });
  const signer = await verifyForRoles(project, { statement, signature, roles, namespace: overrideNamespace });
  assertNotAuthor(signer.names, await writersOf(project, commit.sha), 'override its gate');
  const recorded = {
    id,
    environment,
    requirement: result.name,
    commit: commit.sha,
    by: signer.principal,
    role: signer.role,
    reason,
    until,
  };
  await project.state.change(async (writer) => {
    const before = await writer.selectFrom('overrides').select('id').where('id', '=', id).executeTakeFirst();
    if (before) throw recordedBefore(id);
    await writer
      .insertInto('overrides')
      .values({
        id,
        environment,
        requirement: result.name,
        commit_sha: commit.sha,
        policy_digest: project.policyDigest,
        statement,
        approver: signer.principal,
        role: signer.role,
        key_fingerprint: signer.keyFingerprint,
        signature,
        at,
        expires_at: until,
      })
      .execute();
    await record(writer, {
      caller: answer.caller,
      action: 'gate.override',
      subject: environment,
      decision: 'signed',
      person: {
        name: signer.principal,
        role: signer.role,
        level: 'signed',
        keyFingerprint: signer.keyFingerprint,
      },
      detail: {
        ...recorded,
        policyDigest: project.policyDigest,
        keyFingerprint: signer.keyFingerprint,
        saw,
      },
    });
  });
  await anchorWhatHappened(project);
  return recorded;
}

function recordedBefore(id: string): DevopsError {
  return new DevopsError('REQUEST_CLOSED', `this very statement was recorded before, as ${id}`, {
    remedy: 'It counts already. To decide anew, print another one with --statement.',
  });
}

/** As short as a reason can be that somebody else understands later. */
const shortestReason = 15;

function assertReasonAndTime(reason: string, until: Date): void {
  const aheadMs = until.getTime() - now().getTime();
  if (reason.trim().length < shortestReason) {
    throw new DevopsError('INVALID_ARGUMENTS', `"${reason}" is no reason that others would understand`, {
      remedy: 'Say in a sentence why this may be; it is shown wherever the override is.',
    });
  }
  if (!(aheadMs > 0 && aheadMs <= longestOverrideMs)) {
    throw new DevopsError('INVALID_ARGUMENTS', 'an override ends in the future, at most 7 days ahead', {
      remedy: 'Give --until as a duration such as 2h or 3d, or as a time such as 2026-12-31T18:00:00Z.',
    });
  }
}
