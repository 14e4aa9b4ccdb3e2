import { record } from '../audit/trail.ts';
import { findArtifact } from '../deployments/artifacts.ts';
import type { RunbookRequest } from '../deployments/runbook.ts';
import { timestamp } from '../platform/clock.ts';
import type { ApprovalRow, DeploymentRow } from '../platform/tables.ts';
import { type Caller, environmentOf, type Project } from '../project.ts';
import { showPeople } from './approvals.ts';
import { changesSince, factsAsked, hasEnded } from './holding.ts';
import { approvalRow } from './records.ts';

export interface Asking {
  environment: string;
  commit: string;
  taskId?: string | undefined;
  /** For a run of a runbook: it, with its parameters. */
  runbook?: RunbookRequest;
  caller: Caller;
}

/**
 * The deployment that the same user asked for and that asks people for this very thing; on record that it was asked for
 * again. An agent that forgot, or calls in a loop, must not bury people in requests of which one answer settles only
 * one. What waits and could not begin after a yes (its gate does not pass by now, its artifact is gone) is for the
 * caller not to ask for: then people are asked anew.
 * @returns its id; undefined where there is none
 */
export async function askedAlready(project: Project, asking: Asking): Promise<string | undefined> {
  const { environment, commit, taskId, runbook, caller } = asking;
  const kind = runbook ? 'runbook' : 'deploy';
  const waiting = await project.state.read
    .selectFrom('deployments')
    .selectAll()
    .where('environment', '=', environment)
    .where('commit_sha', '=', commit)
    .where('kind', '=', kind)
    .where('runbook', 'is', runbook ? JSON.stringify(runbook) : null)
    .where('state', '=', 'waitingForApproval')
    .where('cancel_reason', 'is', null)
    .where('task_id', 'is', taskId ?? null)
    .orderBy('requested_at', 'desc')
    .execute();
  for (const deployment of waiting) {
    // Whoever asked cannot approve: a request of somebody else is answered by other people.
    if ((JSON.parse(deployment.caller) as Caller).user !== caller.user) continue;
    const row = await approvalRow(project, deployment.id);
    if (!row || !(await canStillCount(project, deployment, row))) continue;
    await project.state.change((writer) =>
      record(writer, {
        caller,
        action: `${kind}.repeat`,
        subject: deployment.id,
        decision: 'waiting',
        detail: { environment, commit, taskId, requestId: row.id },
      }),
    );
    if (row.status === 'pending') await showPeople(project, deployment, row);
    return deployment.id;
  }
  return undefined;
}

/** Whether a yes can be given, and would be worth anything. The rows could have been changed behind our back. */
async function canStillCount(
  project: Project,
  deployment: DeploymentRow,
  row: ApprovalRow,
): Promise<boolean> {
  if (row.status !== 'pending' && row.status !== 'approved') return false;
  const facts = await factsAsked(project, row);
  if (!facts || facts.expiresAt !== row.expires_at || facts.expiresAt < timestamp()) return false;
  const policy = environmentOf(project, deployment.environment).approvals;
  const isAsPolicySays =
    row.required === policy?.required &&
    row.roles === JSON.stringify(policy.from) &&
    row.level === policy.level;
  if (!isAsPolicySays || (await hasEnded(project, deployment))) return false;
  if ((await changesSince(project, deployment, row, facts)) !== undefined) return false;
  if (deployment.kind !== 'deploy') return true;
  const artifact = await findArtifact(project, { sha: deployment.commit_sha });
  return artifact?.digest === deployment.artifact_digest;
}
