import { closeOpenApproval } from '../approvals/approvals.ts';
import { fileHumanRequest } from '../approvals/requests.ts';
import { applyRetention } from '../audit/retention/apply.ts';
import { describeCaller } from '../audit/trail.ts';
import { asDevopsError } from '../errors.ts';
import { createFixTask } from '../operations/fix-tasks.ts';
import { queueMessage } from '../operations/notifications/notify.ts';
import { now, waitAtMost } from '../platform/clock.ts';
import { readLog } from '../platform/log-file.ts';
import type { DeploymentRow } from '../platform/tables.ts';
import type { Caller, Project } from '../project.ts';
import { closeTask } from './close-task.ts';
import { type Failure, refusalCodes } from './failure.ts';
import { writeDeploymentLog } from './log-document.ts';
import { deploymentById, logFileOf } from './records.ts';
import { releaseOf } from './releases.ts';
import { sealRecord } from './seal.ts';
import type { Run } from './workflow.ts';

/**
 * What follows from the end of a deployment: the task's status, a fix task, a call for people, the log document,
 * notifications. Each is a journalled step, so that a crash repeats none of them, and each failing alone stops no
 * other.
 */
export async function runAftermath({ project, row: { id }, journal, log }: Run): Promise<void> {
  const row = await deploymentById(project, id);
  const failure = row.failure === null ? undefined : (JSON.parse(row.failure) as Failure);
  const caller = JSON.parse(row.caller) as Caller;
  const attempt = async (name: string, act: () => Promise<unknown>) => {
    try {
      await journal.step(name, act);
    } catch (error) {
      log(`${name}: ${asDevopsError(error).message}`);
    }
  };
  await attempt('closeApproval', () => closeOpenApproval(project, id));
  if (failure && needsPeople(row, failure)) {
    await attempt('callPeople', () => callPeople(project, row, failure, caller));
  }
  if (failure && needsFix(row, failure))
    await attempt('createFixTask', () => fileFixTask(project, row, failure, caller));
  if (row.task_id !== null) await attempt('updateTask', () => closeTask(project, row, failure));
  // A call that was refused at once has no step of these: the caller was told, and nobody else was asked.
  if (row.started_at !== null || (await journal.someBegun((name) => policySteps.includes(name)))) {
    await attempt('writeDocument', () => writeDeploymentLog(project, row, failure, describeCaller(caller)));
  }
  await attempt('sealRecord', () => sealRecord(project, row));
  await attempt('notify', () => tellPeople(project, row, failure));
  if (project.config.retention) await attempt('retain', () => applyRetention(project, { caller, at: now() }));
}

const policySteps: readonly string[] = ['gate', 'approval', 'admit'];

function needsPeople({ kind, state }: DeploymentRow, { code }: Failure): boolean {
  const isHalfDone = kind === 'runbook' && state === 'failed' && code === 'RUNBOOK_FAILED';
  return state === 'unknown' || code === 'ROLLBACK_FAILED' || isHalfDone;
}

/** Policy turning a release away, or a person cancelling it, is nothing that code could mend. */
function needsFix({ kind }: DeploymentRow, { code }: Failure): boolean {
  return kind === 'deploy' && code !== 'CANCELLED' && !refusalCodes.includes(code);
}

async function callPeople(
  project: Project,
  row: DeploymentRow,
  failure: Failure,
  caller: Caller,
): Promise<void> {
  await fileHumanRequest(project, caller, {
    kind: 'incident',
    title: `${row.environment} needs a person: ${row.kind} ${row.id} is ${row.state}`,
    description: `${failure.message}\n${failure.remedy ?? ''}`,
    priority: 'critical',
    deploymentId: row.id,
    once: true,
  });
}

const excerptLines = 12;

async function fileFixTask(
  project: Project,
  row: DeploymentRow,
  failure: Failure,
  caller: Caller,
): Promise<void> {
  const { lines } = await readLog(logFileOf(project, row.id), { lines: excerptLines });
  const released = row.artifact_digest === null ? [] : await releaseLines(project, row);
  const what =
    row.state === 'rolledBack' ? `was rolled back from ${row.environment}` : `failed on ${row.environment}`;
  await createFixTask(project, caller, {
    title: `FIX: release ${row.version} ${what}`,
    description: [
      `Deployment ${row.id} of commit ${row.commit_sha} ${what} in step ${failure.step}: ${failure.message}`,
      'Last lines of the deployment:',
      ...lines,
      ...(released.length > 0 ? ['Last lines of the release:', ...released] : []),
    ].join('\n'),
    cause: { deployment: row.id },
    priority: row.environment.startsWith('prod') ? 'critical' : 'high',
  });
}

async function releaseLines(project: Project, row: DeploymentRow): Promise<string[]> {
  return project
    .target(row.environment)
    .releaseLog(releaseOf(project, row), excerptLines)
    .catch(() => []);
}

const deliveryLimitMs = 1_000;

async function tellPeople(project: Project, row: DeploymentRow, failure: Failure | undefined): Promise<void> {
  const event = row.state === 'deployed' ? 'deployed' : row.state === 'rolledBack' ? 'rolledBack' : 'failed';
  await project.state.change((writer) =>
    queueMessage(writer, project, event, {
      environment: row.environment,
      subject: row.id,
      once: row.id,
      text: `${row.kind} of ${row.version} to ${row.environment}: ${row.state}${failure ? ` (${failure.message})` : ''}`,
    }),
  );
  // Whoever follows the deployment to its end usually finds people told; a receiver that hangs holds nobody up.
  await waitAtMost(deliveryLimitMs, project.deliverSoon());
}
