import { record } from '../audit/trail.ts';
import { DeploymentFailed, Suspended } from '../deployments/failure.ts';
import { describePlan } from '../deployments/plan.ts';
import { enter } from '../deployments/records.ts';
import { liveRelease } from '../deployments/releases.ts';
import { describeRunbookRow, runbookRequestOf } from '../deployments/runbook.ts';
import { finalStates } from '../deployments/states.ts';
import { queueMessage } from '../operations/notifications/notify.ts';
import { now, timestamp } from '../platform/clock.ts';
import { digestOf } from '../platform/digest.ts';
import { newId } from '../platform/identifiers.ts';
import type { ApprovalAnswerRow, ApprovalRow, DeploymentRow } from '../platform/tables.ts';
import { type Caller, environmentOf, type Project } from '../project.ts';
import { closeApproval } from './closing.ts';
import { fileHumanRequest } from './requests.ts';
import { type ApprovalFacts, changedSince, readStatement, writeStatement } from './statement.ts';
import { verifyAnswer, writersOf } from './verification.ts';

/** An approval request as callers see it. */
export interface Approval {
  requestId: string;
  deploymentId: string;
  environment: string;
  status: ApprovalRow['status'];
  required: number;
  roles: string[];
  level: string;
  given: { approver: string; role: string; level: string; decision: string; at: string; reason?: string }[];
  expiresAt: string;
  humanRequestId?: string;
  statement: string;
}

export async function approvalRow(project: Project, deploymentId: string): Promise<ApprovalRow | undefined> {
  return project.state.read
    .selectFrom('approvals')
    .selectAll()
    .where('deployment_id', '=', deploymentId)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export async function answersTo(project: Project, approvalId: string): Promise<ApprovalAnswerRow[]> {
  return project.state.read
    .selectFrom('approval_answers')
    .selectAll()
    .where('approval_id', '=', approvalId)
    .execute();
}

export async function findApproval(project: Project, deploymentId: string): Promise<Approval | undefined> {
  const row = await approvalRow(project, deploymentId);
  return row && toApproval(row, await answersTo(project, row.id));
}

export function toApproval(row: ApprovalRow, answers: ApprovalAnswerRow[]): Approval {
  return {
    requestId: row.id,
    deploymentId: row.deployment_id,
    environment: row.environment,
    status: row.status,
    required: row.required,
    roles: JSON.parse(row.roles) as string[],
    level: row.level,
    given: answers.map(({ approver, role, level, decision, at, reason }) => ({
      approver,
      role,
      level,
      decision,
      at,
      reason: reason ?? undefined,
    })),
    expiresAt: row.expires_at,
    humanRequestId: row.human_request_id ?? undefined,
    statement: row.statement,
  };
}

/**
 * Asks people once, then tells where their answer stands.
 * @throws Suspended while they have not answered, DeploymentFailed when they refused or let it expire
 */
export async function awaitApproval(project: Project, deployment: DeploymentRow): Promise<void> {
  const row = (await approvalRow(project, deployment.id)) ?? (await askPeople(project, deployment));
  if (row.status === 'pending' && row.expires_at < timestamp()) {
    await closeApproval(project, row, 'expired', 'Nobody answered in time.');
    throw expired(row);
  }
  // Closed by a runner that died before it could say so, or by an answer that came too late.
  if (row.status === 'expired') throw expired(row);
  if (row.status === 'void') throw voided((await whyClosed(project, row)) ?? `${row.id} was closed`);
  if (row.status === 'rejected') {
    const reason = (await answersTo(project, row.id)).find(({ decision }) => decision === 'reject');
    throw new DeploymentFailed({
      code: 'APPROVAL_REJECTED',
      message: `${reason?.approver ?? 'a person'} rejected ${row.id}${reason?.reason ? `: ${reason.reason}` : ''}`,
      remedy: 'Talk to the person who rejected it; a new deploy call asks anew.',
    });
  }
  if (row.status === 'approved') return;
  await enter(project, deployment.id, 'waitingForApproval');
  throw new Suspended();
}

function expired({ id, expires_at: expiresAt }: ApprovalRow): DeploymentFailed {
  return new DeploymentFailed({
    code: 'APPROVAL_EXPIRED',
    message: `approval ${id} expired at ${expiresAt}`,
    remedy: 'Call deploy again to ask anew.',
  });
}

/** In the words that the audit trail has for it. */
async function whyClosed({ state }: Project, { id }: ApprovalRow): Promise<string | undefined> {
  const entry = await state.read
    .selectFrom('audit')
    .select('detail')
    .where('subject', '=', id)
    .where('action', '=', 'approval.close')
    .orderBy('position', 'desc')
    .executeTakeFirst();
  const { why } = JSON.parse(entry?.detail ?? '{}') as { why?: unknown };
  return typeof why === 'string' ? why : undefined;
}

async function askPeople(project: Project, deployment: DeploymentRow): Promise<ApprovalRow> {
  const { environment, version } = deployment;
  const policy = environmentOf(project, environment).approvals;
  if (!policy) throw new Error(`${environment} asks for no approval`);
  const id = newId('apr');
  const expiresAt = timestamp(new Date(now().getTime() + policy.expires));
  const statement = writeStatement({
    ...(await presentFacts(project, deployment, id)),
    gateId: deployment.gate_id ?? '',
    plan: (deployment.kind === 'runbook'
      ? describeRunbookRow(project, deployment)
      : await describePlan(project, environment, deployment.commit_sha)
    ).map(project.redact),
    expiresAt,
    nonce: newId('apr'),
  });
  const row: ApprovalRow = {
    id,
    deployment_id: deployment.id,
    environment,
    statement,
    required: policy.required,
    roles: JSON.stringify(policy.from),
    level: policy.level,
    status: 'pending',
    human_request_id: null,
    created_at: timestamp(),
    expires_at: expiresAt,
  };
  const how = `devops-engineer approve ${id}${policy.level === 'signed' ? ' --key YOUR_SSH_KEY' : ''}`;
  await project.state.change(async (writer) => {
    await writer.insertInto('approvals').values(row).execute();
    await record(writer, {
      caller: JSON.parse(deployment.caller) as Caller,
      action: 'approval.request',
      subject: id,
      decision: 'pending',
      detail: {
        deploymentId: deployment.id,
        environment,
        required: policy.required,
        roles: policy.from,
        level: policy.level,
        statement: digestOf(statement),
        expiresAt,
      },
    });
    await queueMessage(writer, project, 'approvalNeeded', {
      environment,
      subject: id,
      text: `${version} waits for approval to go to ${environment}: ${how}`,
    });
  });
  void project.deliverSoon();
  const request = await fileHumanRequest(project, JSON.parse(deployment.caller) as Caller, {
    kind: 'approval',
    isToldByItself: true,
    title:
      deployment.kind === 'runbook'
        ? `Approve runbook ${runbookRequestOf(deployment).name} on ${environment}`
        : `Approve the deployment of ${version} to ${environment}`,
    description: `Deployment ${deployment.id} waits for ${policy.required} ${policy.level} approval by ${policy.from.join(' or ')} until ${expiresAt}.\nAnswer with: ${how}`,
    priority: 'high',
    deploymentId: deployment.id,
    taskId: deployment.task_id ?? undefined,
  }).catch(() => undefined); // the request stands in the state database; a broken document must not stop it
  if (request) {
    row.human_request_id = request.requestId;
    await project.state.read
      .updateTable('approvals')
      .set({ human_request_id: request.requestId })
      .where('id', '=', id)
      .execute();
  }
  return row;
}

async function presentFacts(project: Project, deployment: DeploymentRow, requestId: string) {
  const live = await liveRelease(project, deployment.environment);
  return {
    requestId,
    project: project.config.project,
    deploymentId: deployment.id,
    environment: deployment.environment,
    commit: deployment.commit_sha,
    artifact: deployment.artifact_digest ?? '',
    policyDigest: project.policyDigest,
    from: live?.version ?? null,
    // The parameters stand in a database: only what was signed may reach a command.
    ...(deployment.runbook !== null && { runbook: deployment.runbook }),
  };
}

/**
 * The last look at an approval, under the lock of the environment: what was asked is what the audit trail knows, what
 * was approved is what would happen now, every signature is verified again, and how many must have said yes is read from
 * the policy, not from the record.
 * @throws DeploymentFailed APPROVAL_VOID, DevopsError SIGNATURE_REFUSED
 */
export async function assertApprovalHolds(project: Project, deployment: DeploymentRow): Promise<void> {
  const policy = environmentOf(project, deployment.environment).approvals;
  const row = await approvalRow(project, deployment.id);
  if (!policy || !row) throw voided('there is no approval on record');
  const facts = await factsAsked(project, row);
  if (!facts) throw voided('what was asked is not what the audit trail tells of');
  const changed = await changesSince(project, deployment, row, facts);
  if (changed !== undefined) {
    await closeApproval(project, row, 'void', changed);
    throw voided(changed);
  }
  if (row.status !== 'approved') throw voided(`its request is ${row.status}`);
  if (await hasEnded(project, deployment)) throw voided('it was used before: the deployment has ended once');
  if (facts.expiresAt < timestamp()) throw voided(`it was given for a time that ended at ${facts.expiresAt}`);
  const answers = await answersTo(project, row.id);
  const no = answers.find(({ decision }) => decision !== 'approve');
  if (no) throw voided(`${no.approver} rejected it`);
  const authors = await writersOf(project, deployment.commit_sha);
  const requester = JSON.parse(deployment.caller) as Caller;
  const { statement } = row;
  const given: { approver: string; key: string | undefined }[] = [];
  for (const answer of answers) {
    const signer = await verifyAnswer(project, { statement, policy, answer, authors, requester });
    given.push({ approver: answer.approver, key: signer?.keyFingerprint });
  }
  const count = personsAmong(given);
  if (count < policy.required) {
    throw voided(`too few people approved: ${count} of the ${policy.required} that policy demands`);
  }
}

/** How many people these are: one key is one person, whatever names it has. */
export function personsAmong(given: readonly { approver: string; key: string | null | undefined }[]): number {
  const keys = new Set(given.map(({ approver, key }) => key ?? approver.toLowerCase()));
  const names = new Set(given.map(({ approver }) => approver.toLowerCase()));
  return Math.min(keys.size, names.size);
}

/** What of that which a person was asked is no longer so, in words; undefined where all of it is. */
export async function changesSince(
  project: Project,
  deployment: DeploymentRow,
  row: ApprovalRow,
  facts: ApprovalFacts,
): Promise<string | undefined> {
  const changed = changedSince(facts, await presentFacts(project, deployment, row.id));
  return changed.length === 0 ? undefined : `what was approved has changed since: ${changed.join(', ')}`;
}

/** By the audit trail: the record of the deployment itself could have been set back. */
async function hasEnded({ state }: Project, { id }: DeploymentRow): Promise<boolean> {
  const ended = await state.read
    .selectFrom('audit')
    .select('position')
    .where('subject', '=', id)
    .where(
      'action',
      'in',
      finalStates.map((one) => `deployment.${one}`),
    )
    .executeTakeFirst();
  return ended !== undefined;
}

/** What a request asks, where the audit trail tells of the very same: the database could have been changed. */
export async function factsAsked(
  { state }: Project,
  { id, statement }: ApprovalRow,
): Promise<ApprovalFacts | undefined> {
  const told = await state.read
    .selectFrom('audit')
    .select('detail')
    .where('subject', '=', id)
    .where('action', '=', 'approval.request')
    .execute();
  const [entry] = told;
  if (!entry || told.length > 1) return undefined;
  const { statement: digest } = JSON.parse(entry.detail) as { statement?: unknown };
  return digest === digestOf(statement) ? readStatement(statement) : undefined;
}

function voided(why: string): DeploymentFailed {
  return new DeploymentFailed({
    code: 'APPROVAL_VOID',
    message: why,
    remedy: 'Call deploy again to ask anew.',
  });
}

/** Whether people have decided, one way or the other, or can no longer. */
export async function isAnswered(project: Project, deploymentId: string): Promise<boolean> {
  const row = await approvalRow(project, deploymentId);
  return row !== undefined && (row.status !== 'pending' || row.expires_at < timestamp());
}

/** A request whose deployment has ended is closed; an answer to it would mean nothing. */
export async function closeOpenApproval(project: Project, deploymentId: string): Promise<void> {
  const row = await approvalRow(project, deploymentId);
  if (row?.status === 'pending') await closeApproval(project, row, 'void', 'Its deployment has ended.');
}
