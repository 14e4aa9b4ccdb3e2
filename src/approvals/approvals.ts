import { record } from '../audit/trail.ts';
import { DeploymentFailed, Suspended } from '../deployments/failure.ts';
import { describePlan } from '../deployments/plan.ts';
import { enter } from '../deployments/records.ts';
import { describeRunbookRow, runbookRequestOf } from '../deployments/runbook.ts';
import { queueMessage } from '../operations/notifications/notify.ts';
import { now, timestamp } from '../platform/clock.ts';
import { digestOf } from '../platform/digest.ts';
import { newId } from '../platform/identifiers.ts';
import type { ApprovalRow, DeploymentRow } from '../platform/tables.ts';
import { type Caller, environmentOf, type Project } from '../project.ts';
import { closeApproval } from './closing.ts';
import { presentFacts, voided } from './holding.ts';
import { answersTo, approvalRow } from './records.ts';
import { fileHumanRequest } from './requests.ts';
import { readHumanRequests } from './requests-file.ts';
import { writeStatement } from './statement.ts';

/**
 * Asks people once, then tells where their answer stands.
 * @throws Suspended while they have not answered, DeploymentFailed when they refused or let it expire
 */
export async function awaitApproval(project: Project, deployment: DeploymentRow): Promise<void> {
  const row = (await approvalRow(project, deployment.id)) ?? (await askPeople(project, deployment));
  // A runner that died between the two, or a document that could not be written, is no reason never to ask.
  if (row.status === 'pending') await showPeople(project, deployment, row);
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
      text: `${version} waits for approval to go to ${environment}: ${howToAnswer(row)}`,
    });
  });
  void project.deliverSoon();
  return row;
}

function howToAnswer({ id, level }: ApprovalRow): string {
  return `devops-engineer approve ${id}${level === 'signed' ? ' --key YOUR_SSH_KEY' : ''}`;
}

/** Sees to it that the request stands in human-requests.md. */
export async function showPeople(
  project: Project,
  deployment: DeploymentRow,
  row: ApprovalRow,
): Promise<void> {
  const { environment, version } = deployment;
  const shown = await readHumanRequests(project).catch(() => []);
  if (shown.some(({ id }) => id === row.human_request_id)) return;
  const request = await fileHumanRequest(project, JSON.parse(deployment.caller) as Caller, {
    kind: 'approval',
    once: true,
    isToldByItself: true,
    title:
      deployment.kind === 'runbook'
        ? `Approve runbook ${runbookRequestOf(deployment).name} on ${environment}`
        : `Approve the deployment of ${version} to ${environment}`,
    description: `Deployment ${deployment.id} waits for ${row.required} ${row.level} approval by ${(JSON.parse(row.roles) as string[]).join(' or ')} until ${row.expires_at}.\nAnswer with: ${howToAnswer(row)}`,
    priority: 'high',
    deploymentId: deployment.id,
    taskId: deployment.task_id ?? undefined,
  }).catch(() => undefined); // the request stands in the state database; a broken document must not stop it
  if (!request) return;
  row.human_request_id = request.requestId;
  await project.state.read
    .updateTable('approvals')
    .set({ human_request_id: request.requestId })
    .where('id', '=', row.id)
    .execute();
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
