import { answersAbout, type HumanAnswer } from '../approvals/human-answers.ts';
import { type Approval, findApproval } from '../approvals/records.ts';
import { DevopsError } from '../errors.ts';
import { findGate } from '../gates/gate-records.ts';
import { type LogExcerpt, readLog } from '../platform/log-file.ts';
import type { DeploymentRow, StepRow } from '../platform/tables.ts';
import { environmentOf, type Project } from '../project.ts';
import type { TaskClosed } from './close-task.ts';
import type { Failure } from './failure.ts';
import { type OverriddenRequirement, overridesOf } from './overrides.ts';
import { deploymentById, logFileOf } from './records.ts';
import { deploymentRow } from './releases.ts';
import { type RunbookRequest, runbookRequestOf } from './runbook.ts';
import type { DeploymentState } from './states.ts';

/** A deployment as callers see it. */

export interface DeploymentView {
  id: string;
  kind: DeploymentRow['kind'];
  environment: string;
  state: DeploymentState;
  commit: string;
  version: string;
  artifact?: string;
  /** For a run of a runbook. */
  runbook?: RunbookRequest;
  taskId?: string;
  reason?: string;
  from?: string;
  to: string;
  steps: { name: string; state: string; startedAt: string; durationMs?: number }[];
  requestedAt: string;
  startedAt?: string;
  finishedAt?: string;
  servedVersion?: string;
  rollbackOf?: string;
  gateId?: string;
  failure?: Failure;
  approval?: Approval;
  /** Tasks that its gate filed for what keeps it out. */
  fixTasks?: string[];
  escalation?: string | undefined;
  /** What should have followed from its end and could not be done, with the reason. */
  notices?: string[];
  /** What people typed into the requests about it; untrusted. */
  humanAnswers: HumanAnswer[];
  /** Requirements that people decided not to count. */
  overrides: OverriddenRequirement[];
}

/** @throws UNKNOWN_DEPLOYMENT */
export async function viewDeployment(project: Project, id: string): Promise<DeploymentView> {
  const row = await deploymentById(project, id);
  const steps = await project.state.read
    .selectFrom('steps')
    .selectAll()
    .where('deployment_id', '=', id)
    .orderBy('position')
    .execute();
  const previous = row.previous_id === null ? undefined : await deploymentRow(project, row.previous_id);
  const approval = await findApproval(project, id);
  const gate = row.gate_id === null ? undefined : await findGate(project, row.gate_id);
  const notices = [...(gate?.notices ?? []), ...noticesOf(steps)];
  return {
    id,
    kind: row.kind,
    environment: row.environment,
    state: row.state as DeploymentState,
    commit: row.commit_sha,
    version: row.version,
    to: row.version,
    steps: steps.map(({ name, state, started_at, finished_at }) => ({
      name,
      state,
      startedAt: started_at,
      ...(finished_at !== null && { durationMs: Date.parse(finished_at) - Date.parse(started_at) }),
    })),
    requestedAt: row.requested_at,
    artifact: row.artifact_digest ?? undefined,
    ...(row.runbook !== null && { runbook: runbookRequestOf(row) }),
    taskId: row.task_id ?? undefined,
    reason: row.reason ?? undefined,
    from: previous?.version,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    servedVersion: row.served_version ?? undefined,
    ...(row.kind === 'rollback' && row.previous_id !== null && { rollbackOf: row.previous_id }),
    gateId: row.gate_id ?? undefined,
    ...(row.failure !== null && { failure: JSON.parse(row.failure) as Failure }),
    approval,
    humanAnswers: await answersAbout(project, id),
    overrides: await overridesOf(project, row),
    ...(gate?.fixTasks && { fixTasks: gate.fixTasks }),
    escalation: gate?.escalation,
    ...(notices.length > 0 && { notices }),
  };
}

/** Steps that follow from the end: one that fails stops nothing, so it is told here. */
const aftermathSteps: readonly string[] = [
  'closeApproval',
  'callPeople',
  'createFixTask',
  'updateTask',
  'writeDocument',
  'sealRecord',
  'notify',
];

function noticesOf(steps: readonly Pick<StepRow, 'name' | 'state' | 'result'>[]): string[] {
  return steps
    .filter(({ name, state }) => (name === 'migrations' ? state === 'done' : aftermathSteps.includes(name)))
    .flatMap(({ name, state, result }) => {
      const left = JSON.parse(result ?? 'null') as Partial<Failure & TaskClosed> | null;
      return state === 'failed' ? [`${name}: ${left?.message ?? 'failed'}`] : (left?.notices ?? []);
    });
}

/** Id of the latest deployment or rollback of an environment. @throws UNKNOWN_ENVIRONMENT, UNKNOWN_DEPLOYMENT */
export async function latestDeployment(project: Project, environment: string): Promise<string> {
  environmentOf(project, environment);
  const row = await project.state.read
    .selectFrom('deployments')
    .select('id')
    .where('environment', '=', environment)
    .orderBy('requested_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row) return row.id;
  throw new DevopsError('UNKNOWN_DEPLOYMENT', `nothing was ever deployed to ${environment}`, {
    remedy: `Call deploy with environment "${environment}" first.`,
  });
}

/** Untrusted text: whoever shows it to a model fences it. */
export async function deploymentLog(
  project: Project,
  id: string,
  query: { lines: number; match?: string },
): Promise<LogExcerpt> {
  await deploymentById(project, id);
  return readLog(logFileOf(project, id), query);
}
