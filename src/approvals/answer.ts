import { anchorWhatHappened } from '../audit/anchors.ts';
import { record } from '../audit/trail.ts';
import { DevopsError } from '../errors.ts';
import { timestamp } from '../platform/clock.ts';
import { signStatement } from '../platform/signatures.ts';
import type { ApprovalAnswerRow, ApprovalRow } from '../platform/tables.ts';
import type { Caller, Project } from '../project.ts';
import { type Approval, answersTo, closeApproval, toApproval } from './approvals.ts';
import { approvalNamespace, rejectionOf } from './statement.ts';
import { assertNotAuthor, verifyForRoles } from './verification.ts';

/** A person's answer. Only the command line gives these: no tool of the agent can. */
export interface Answer {
  requestId: string;
  decision: 'approve' | 'reject';
  /** SSH key file; without one the answer is `unverified`. */
  keyFile?: string;
  reason?: string;
  caller: Caller;
}

/** @throws UNKNOWN_REQUEST naming those that wait */
export async function openApproval(
  project: Project,
  requestId: string,
): Promise<{ row: ApprovalRow; author: string }> {
  const found = await project.state.read
    .selectFrom('approvals')
    .innerJoin('deployments', 'deployments.id', 'approvals.deployment_id')
    .selectAll('approvals')
    .select('deployments.author')
    .where((is) =>
      is.or([is('approvals.id', '=', requestId), is('approvals.human_request_id', '=', requestId)]),
    )
    .executeTakeFirst();
  if (found) {
    const { author, ...row } = found;
    return { row, author };
  }
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

/**
 * Records an answer and, when that decides the request, wakes the deployment.
 * @throws UNKNOWN_REQUEST, REQUEST_CLOSED, APPROVAL_EXPIRED, SIGNATURE_REFUSED
 */
export async function answerApproval(project: Project, said: Answer): Promise<Approval> {
  // Before it is signed: what is signed is what is kept.
  const answer = { ...said, ...(said.reason !== undefined && { reason: project.redact(said.reason) }) };
  const { row, author } = await openApproval(project, answer.requestId);
  if (row.status !== 'pending') {
    throw new DevopsError('REQUEST_CLOSED', `request ${row.id} is ${row.status} already`, {
      remedy: 'A new deploy call asks anew.',
    });
  }
  if (row.expires_at < timestamp()) {
    project.startRun('deployment', row.deployment_id);
    throw new DevopsError('APPROVAL_EXPIRED', `request ${row.id} expired at ${row.expires_at}`, {
      remedy: 'A new deploy call asks anew.',
    });
  }
  const given = await signedAnswer(project, row, answer);
  if (answer.decision === 'approve') assertNotAuthor(given.approver, author);
  await project.state.change(async (writer) => {
    await writer
      .insertInto('approval_answers')
      .values(given)
      .onConflict((same) => same.doUpdateSet(given))
      .execute();
    await record(writer, {
      caller: answer.caller,
      action: `approval.${answer.decision}`,
      subject: row.id,
      decision: given.level,
      person: {
        name: given.approver,
        role: given.role,
        level: given.level,
        keyFingerprint: given.key_fingerprint,
      },
      detail: {
        deploymentId: row.deployment_id,
        approver: given.approver,
        role: given.role,
        keyFingerprint: given.key_fingerprint,
        reason: given.reason,
      },
    });
  });
  const answers = await answersTo(project, row.id);
  const approved = answers.filter(({ decision }) => decision === 'approve').length >= row.required;
  if (answer.decision === 'reject')
    await closeApproval(project, row, 'rejected', `By ${given.approver}. ${answer.reason ?? ''}`);
  else if (approved)
    await closeApproval(
      project,
      row,
      'approved',
      `By ${answers.map(({ approver }) => approver).join(', ')}.`,
    );
  await anchorWhatHappened(project);
  if (answer.decision === 'reject' || approved) project.startRun('deployment', row.deployment_id);
  const { row: after } = await openApproval(project, row.id);
  return toApproval(after, answers);
}

async function signedAnswer(project: Project, row: ApprovalRow, answer: Answer): Promise<ApprovalAnswerRow> {
  const roles = JSON.parse(row.roles) as string[];
  const base = {
    approval_id: row.id,
    decision: answer.decision,
    reason: answer.reason ?? null,
    at: timestamp(),
  };
  if (answer.keyFile === undefined) {
    if (row.level === 'signed' && answer.decision === 'approve') {
      throw new DevopsError('SIGNATURE_REFUSED', `request ${row.id} needs a signed answer`, {
        remedy: `Answer with "devops-engineer approve ${row.id} --key FILE" and a key of ${roles.join(' or ')}.`,
      });
    }
    const role = roles[0] ?? 'unknown';
    return {
      ...base,
      approver: answer.caller.user,
      role,
      level: 'unverified',
      key_fingerprint: null,
      signature: null,
    };
  }
  const statement = answer.decision === 'approve' ? row.statement : rejectionOf(row.statement, answer.reason);
  const signature = await signStatement({
    statement,
    keyFile: answer.keyFile,
    namespace: approvalNamespace,
  });
  const { principal, role, keyFingerprint } = await verifyForRoles(project, {
    statement,
    signature,
    roles,
  });
  return { ...base, approver: principal, role, level: 'signed', key_fingerprint: keyFingerprint, signature };
}
