import { anchorWhatHappened } from '../audit/anchors.ts';
import { personOf, record } from '../audit/trail.ts';
import { deploymentById } from '../deployments/records.ts';
import { DevopsError } from '../errors.ts';
import { timestamp } from '../platform/clock.ts';
import type { Writer } from '../platform/database.ts';
import { signStatement } from '../platform/signatures.ts';
import type { ApprovalAnswerRow, ApprovalRow } from '../platform/tables.ts';
import type { Caller, Project } from '../project.ts';
import { trustFirstPolicy } from './approved-policies.ts';
import { closeApproval, markClosed, tellClosed } from './closing.ts';
import { changesSince, factsAsked, personsAmong } from './holding.ts';
import { type Approval, answersTo, toApproval } from './records.ts';
import { recordingRefusal } from './refused-answers.ts';
import { assertNotAuthor } from './separation.ts';
import { approvalNamespace, rejectionOf } from './statement.ts';
import { assertNotRequester, assertUnsignedByOthers, verifyForRoles, writersOf } from './verification.ts';

/** A person's answer. Only the command line gives these: no tool of the agent can. */
export interface Answer {
  requestId: string;
  decision: 'approve' | 'reject';
  /** SSH key file; without one, and without a signature, the answer is `unverified`. */
  keyFile?: string;
  /** A signature that the person made elsewhere, over `textToSign`. */
  signature?: string;
  reason?: string;
  caller: Caller;
}

/** @throws UNKNOWN_REQUEST naming those that wait */
export async function openApproval(project: Project, requestId: string): Promise<{ row: ApprovalRow }> {
  const row = await project.state.read
    .selectFrom('approvals')
    .selectAll()
    .where((is) => is.or([is('id', '=', requestId), is('human_request_id', '=', requestId)]))
    .executeTakeFirst();
  if (row) return { row };
  const waiting = await project.state.read
    .selectFrom('approvals')
    .select('id')
    .where('status', '=', 'pending')
    .execute();
  throw new DevopsError('UNKNOWN_REQUEST', `no approval request ${requestId} is on record`, {
    remedy:
      waiting.length > 0 ? `Waiting: ${waiting.map(({ id }) => id).join(', ')}.` : 'No approval is waiting.',
  });
}

/** The exact text that an answer to a request signs. */
export function textToSign(
  row: ApprovalRow,
  { decision, reason }: Pick<Answer, 'decision' | 'reason'>,
): string {
  return decision === 'approve' ? row.statement : rejectionOf(row.statement, reason);
}

/**
 * Records an answer and, when that decides the request, wakes the deployment. What is refused is on record as well.
 * @throws UNKNOWN_REQUEST, REQUEST_CLOSED, APPROVAL_EXPIRED, APPROVAL_VOID, SIGNATURE_REFUSED
 */
export async function answerApproval(project: Project, said: Answer): Promise<Approval> {
  // Before it is signed: what is signed is what is kept.
  const answer = { ...said, ...(said.reason !== undefined && { reason: project.redact(said.reason) }) };
  const { row } = await openApproval(project, answer.requestId);
  const attempt = { caller: answer.caller, action: `approval.${answer.decision}`, subject: row.id };
  return recordingRefusal(project, attempt, () => take(project, row, answer));
}

async function take(project: Project, row: ApprovalRow, answer: Answer): Promise<Approval> {
  if (row.status !== 'pending') throw alreadyClosed(row);
  await trustFirstPolicy(project, answer.caller); // whoever changed it since stands in the trail before the answer
  const facts = await factsAsked(project, row);
  if (!facts && answer.decision === 'approve') throw notAsAsked(row);
  const expiresAt = facts && facts.expiresAt < row.expires_at ? facts.expiresAt : row.expires_at;
  if (expiresAt < timestamp()) {
    project.startRun('deployment', row.deployment_id);
    throw new DevopsError('APPROVAL_EXPIRED', `request ${row.id} expired at ${expiresAt}`, {
      remedy: 'A new deploy call asks anew.',
    });
  }
  const given = await signedAnswer(project, row, answer);
  if (answer.decision === 'approve') {
    const deployment = await deploymentById(project, row.deployment_id);
    const authors = await writersOf(project, deployment.commit_sha);
    if (given.level === 'signed') {
      assertNotRequester(given.names, JSON.parse(deployment.caller) as Caller);
      assertNotAuthor(given.names, authors, 'approve it');
    } else assertUnsignedByOthers(given.row.approver, authors);
    const changed = facts && (await changesSince(project, deployment, row, facts));
    if (changed !== undefined) {
      await closeApproval(project, row, 'void', changed);
      project.startRun('deployment', row.deployment_id);
      throw new DevopsError('APPROVAL_VOID', changed, { remedy: 'A new deploy call asks anew.' });
    }
  }
  const decided = await project.state.change((writer) => keep(writer, row, { ...answer, given: given.row }));
  if (decided) await tellClosed(project, row, decided.status, decided.why);
  await anchorWhatHappened(project);
  if (decided) project.startRun('deployment', row.deployment_id);
  const { row: after } = await openApproval(project, row.id);
  return toApproval(after, await answersTo(project, row.id));
}

/** @returns what the request came to, where this answer decides it */
async function keep(
  writer: Writer,
  row: ApprovalRow,
  { caller, decision, given }: Answer & { given: ApprovalAnswerRow },
): Promise<{ status: 'approved' | 'rejected'; why: string } | undefined> {
  const now = await writer.selectFrom('approvals').selectAll().where('id', '=', row.id).executeTakeFirst();
  if (now?.status !== 'pending') throw alreadyClosed(now ?? row); // somebody was faster
  await writer
    .insertInto('approval_answers')
    .values(given)
    .onConflict((same) => same.doUpdateSet(given))
    .execute();
  await record(writer, {
    caller,
    action: `approval.${decision}`,
    subject: row.id,
    decision: given.level,
    person: personOf(given),
    detail: {
      deploymentId: row.deployment_id,
      approver: given.approver,
      role: given.role,
      keyFingerprint: given.key_fingerprint,
      reason: given.reason,
    },
  });
  const answers = await writer
    .selectFrom('approval_answers')
    .select(['approver', 'decision', 'key_fingerprint as key'])
    .where('approval_id', '=', row.id)
    .execute();
  const yes = answers.filter((one) => one.decision === 'approve');
  const decided =
    decision === 'reject'
      ? { status: 'rejected' as const, why: `By ${given.approver}. ${given.reason ?? ''}` }
      : personsAmong(yes) >= row.required
        ? { status: 'approved' as const, why: `By ${yes.map(({ approver }) => approver).join(', ')}.` }
        : undefined;
  if (decided) await markClosed(writer, row, decided.status, decided.why);
  return decided;
}

function alreadyClosed({ id, status }: ApprovalRow): DevopsError {
  return new DevopsError('REQUEST_CLOSED', `request ${id} is ${status} already`, {
    remedy: 'A new deploy call asks anew.',
  });
}

function notAsAsked({ id }: ApprovalRow): DevopsError {
  return new DevopsError('APPROVAL_VOID', `what ${id} asks is not what the audit trail tells of`, {
    remedy:
      'Somebody changed the database: run "devops-engineer audit verify", reject the request with --reject, and call deploy anew.',
  });
}

type GivenAnswer = { row: ApprovalAnswerRow } & (
  | { level: 'signed'; names: readonly string[] }
  | { level: 'unverified' }
);

async function signedAnswer(project: Project, row: ApprovalRow, answer: Answer): Promise<GivenAnswer> {
  const roles = JSON.parse(row.roles) as string[];
  const base = {
    approval_id: row.id,
    decision: answer.decision,
    reason: answer.reason ?? null,
    at: timestamp(),
  };
  const { keyFile } = answer;
  if (keyFile === undefined && answer.signature === undefined) {
    if (row.level === 'signed' && answer.decision === 'approve') {
      throw new DevopsError('SIGNATURE_REFUSED', `request ${row.id} needs a signed answer`, {
        remedy: `Answer with "devops-engineer approve ${row.id} --key FILE" and a key of ${roles.join(' or ')}.`,
      });
    }
    const role = roles[0] ?? 'unknown';
    const level = 'unverified';
    const approver = answer.caller.user;
    return { level, row: { ...base, approver, role, level, key_fingerprint: null, signature: null } };
  }
  const statement = textToSign(row, answer);
  const signature =
    answer.signature ??
    (await signStatement({ statement, keyFile: keyFile ?? '', namespace: approvalNamespace }));
  const { principal, names, role, keyFingerprint } = await verifyForRoles(project, {
    statement,
    signature,
    roles,
  });
  const level = 'signed';
  const given = { approver: principal, role, level, key_fingerprint: keyFingerprint, signature };
  return { level, names, row: { ...base, ...given } };
}
