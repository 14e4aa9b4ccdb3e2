import { DeploymentFailed } from '../deployments/failure.ts';
import { liveRelease } from '../deployments/releases.ts';
import { finalStates } from '../deployments/states.ts';
import { timestamp } from '../platform/clock.ts';
import { digestOf } from '../platform/digest.ts';
import type { ApprovalRow, DeploymentRow } from '../platform/tables.ts';
import { type Caller, environmentOf, type Project } from '../project.ts';
import { closeApproval } from './closing.ts';
import { answersTo, approvalRow } from './records.ts';
import { type ApprovalFacts, changedSince, readStatement } from './statement.ts';
import { verifyAnswer, writersOf } from './verification.ts';

/** Whether what people approved is still what would happen. */

/** What a request for this deployment would ask at this moment. */
export async function presentFacts(project: Project, deployment: DeploymentRow, requestId: string) {
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
export async function hasEnded({ state }: Project, { id }: DeploymentRow): Promise<boolean> {
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

export function voided(why: string): DeploymentFailed {
  return new DeploymentFailed({
    code: 'APPROVAL_VOID',
    message: why,
    remedy: 'Call deploy again to ask anew.',
  });
}
