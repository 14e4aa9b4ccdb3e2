import { record } from '../audit/trail.ts';
import type { RunbookRequest } from '../deployments/runbook.ts';
import { timestamp } from '../platform/clock.ts';
import type { ApprovalRow } from '../platform/tables.ts';
import type { Caller, Project } from '../project.ts';
import { changesSince, factsAsked } from './holding.ts';

export interface Asking {
  environment: string;
  commit: string;
  taskId?: string | undefined;
  /** For a run of a runbook: it, with its parameters. */
  runbook?: RunbookRequest;
  caller: Caller;
}

/**
 * The deployment that asks people for this very thing and has no answer yet; on record that it was asked for again.
 * An agent that forgot, or calls in a loop, must not bury people in requests of which one answer settles only one.
 * @returns its id; undefined where none does, or where a yes would come too late or be void by now
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
    const row = await openRequest(project, deployment.id);
    const facts = row && (await factsAsked(project, row));
    if (!facts || (await changesSince(project, deployment, row, facts)) !== undefined) continue;
    await project.state.change((writer) =>
      record(writer, {
        caller,
        action: `${kind}.repeat`,
        subject: deployment.id,
        decision: 'waiting',
        detail: { environment, commit, taskId, requestId: row.id },
      }),
    );
    return deployment.id;
  }
  return undefined;
}

async function openRequest({ state }: Project, deploymentId: string): Promise<ApprovalRow | undefined> {
  return state.read
    .selectFrom('approvals')
    .selectAll()
    .where('deployment_id', '=', deploymentId)
    .where('status', '=', 'pending')
    .where('expires_at', '>', timestamp())
    .executeTakeFirst();
}
