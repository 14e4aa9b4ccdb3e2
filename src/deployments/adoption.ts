import { isAnswered } from '../approvals/approvals.ts';
import { now } from '../platform/clock.ts';
import type { Project } from '../project.ts';
import { runnerIsAlive } from './records.ts';
import { activeStates } from './states.ts';

/** Deployments that have lost their runner. A machine that was off for a while has several. */

/** Whoever asked for a deployment, or answered for one, starts its runner; a start may take as long as this. */
const startGraceMs = 10_000;

/** Starts a runner for every deployment that should have one and has lost it. Called by every later command. */
export async function adoptOrphans(project: Project): Promise<void> {
  if (project.configFile === undefined) return; // nothing was ever deployed from here
  const rows = await project.state.read
    .selectFrom('deployments')
    .select(['id', 'runner', 'requested_at', 'state'])
    .where((is) => is.or([is('state', 'in', [...activeStates]), is('runner', 'is not', null)]))
    .execute();
  for (const row of rows) {
    if (!runnerIsAlive(row) && (row.runner !== null || isOverdue(row.requested_at)))
      project.startRun('deployment', row.id);
  }
  const waiting = await project.state.read
    .selectFrom('deployments')
    .select(['id', 'runner', 'cancel_reason'])
    .where('state', '=', 'waitingForApproval')
    .where('runner', 'is', null)
    .execute();
  for (const { id, cancel_reason } of waiting) {
    if (
      cancel_reason !== null ||
      ((await isAnswered(project, id)) && isOverdue(await answeredAt(project, id)))
    )
      project.startRun('deployment', id);
  }
}

function isOverdue(since: string | undefined): boolean {
  return since === undefined || now().getTime() - Date.parse(since) > startGraceMs;
}

/** When the newest answer came; undefined where the request ended without one. */
async function answeredAt(project: Project, deploymentId: string): Promise<string | undefined> {
  const newest = await project.state.read
    .selectFrom('approval_answers')
    .innerJoin('approvals', 'approvals.id', 'approval_answers.approval_id')
    .select('approval_answers.at')
    .where('approvals.deployment_id', '=', deploymentId)
    .orderBy('approval_answers.at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return newest?.at;
}
