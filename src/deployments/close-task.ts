import { cleanLine } from '../evidence/untrusted.ts';
import { findGate } from '../gates/gate-records.ts';
import type { GateResult } from '../gates/types.ts';
import type { DeploymentRow } from '../platform/tables.ts';
import type { Caller, Project } from '../project.ts';
import { updateTask } from '../tasks/commands.ts';
import { type Failure, refusalCodes } from './failure.ts';

/** The task that a deployment was made for, brought to the end that the deployment came to. */

/** What people should know of it, if anything. */
export interface TaskClosed {
  notices?: string[];
}

/** The task word for each end; a release that policy turned away waits, it has not failed. */
export async function closeTask(
  project: Project,
  row: DeploymentRow,
  failure: Failure | undefined,
): Promise<TaskClosed> {
  const id = row.task_id as string;
  const isBlocked = failure !== undefined && row.state === 'failed' && refusalCodes.includes(failure.code);
  const ended = row.kind === 'runbook' && row.state === 'deployed' ? 'completed' : statuses[row.state];
  const status = isBlocked ? 'blocked' : (ended ?? 'failed');
  const isNew = isBlocked && !(await isInUse(project, status));
  const { redact } = project;
  const note = redact(isBlocked ? await blockedNote(project, row, failure) : endNote(row, failure));
  const { entry } = await project.tasks.get(id);
  const { task } = await updateTask(project, JSON.parse(row.caller) as Caller, id, {
    status,
    ...(!says(entry, note) && { note }), // who tries again in vain need not be told again
  });
  return isNew
    ? { notices: [`task ${id} is "${task.status}" now, a status that no other task of this board has`] }
    : {};
}

const statuses: Readonly<Record<string, string>> = { deployed: 'deployed', cancelled: 'pending' };

/** Boards of other programs may not know every status; a word that is there already they do. */
async function isInUse(project: Project, status: string): Promise<boolean> {
  return (await project.tasks.filter({ status, limit: 1 })).total > 0;
}

function says(entry: Readonly<Record<string, unknown>>, note: string): boolean {
  return JSON.stringify(entry).includes(JSON.stringify(note).slice(1, -1));
}

function endNote(row: DeploymentRow, failure: Failure | undefined): string {
  return failure
    ? `${row.id} ${row.state}: ${failure.message}`
    : `${row.version} deployed to ${row.environment} by ${row.id}`;
}

const longestReason = 160;
const reasonsShown = 5;

/** What turned it away, for what, and who is at it: in the same words as long as it is the same. */
async function blockedNote(project: Project, row: DeploymentRow, failure: Failure): Promise<string> {
  const gate = row.gate_id === null ? undefined : await findGate(project, row.gate_id);
  const open = failure.requirements ?? [];
  const what = open.length > 0 ? `the ${row.environment} gate does not pass` : failure.message;
  const reasons = open
    .slice(0, reasonsShown)
    .map(
      ({ name, observed, reason }) => `${name}: ${observed}. ${cleanLine(reason).slice(0, longestReason)}`,
    );
  const more = open.length - reasons.length;
  return [
    `Blocked, ${row.version} may not go to ${row.environment} (${failure.code}): ${what}.`,
    ...reasons,
    ...(more > 0 ? [`And ${more} more.`] : []),
    ...tasksOf(gate),
  ].join(' ');
}

function tasksOf({ fixTasks = [], escalation }: Partial<GateResult> = {}): string[] {
  const tasks = [...fixTasks, ...(escalation === undefined ? [] : [escalation])];
  return tasks.length > 0 ? [`Tasks: ${tasks.join(', ')}.`] : [];
}
