import { trustFirstPolicy } from '../approvals/approved-policies.ts';
import { askedAlready } from '../approvals/asked-already.ts';
import { record } from '../audit/trail.ts';
import { DevopsError } from '../errors.ts';
import { subjectOf } from '../gates/assess.ts';
import { concludeInline } from '../gates/gates.ts';
import { now, timestamp } from '../platform/clock.ts';
import type { DeploymentRow } from '../platform/tables.ts';
import { type Caller, environmentOf, type Project } from '../project.ts';
import { adoptOrphans } from './adoption.ts';
import { assessInTime } from './assess-in-time.ts';
import type { Failure } from './failure.ts';
import { askCalendar } from './frozen.ts';
import { askMigrations } from './irreversible.ts';
import { deploymentById, runnerIsAlive } from './records.ts';
import { liveRelease, releaseOf } from './releases.ts';
import { refuse, storeRequest } from './request-rows.ts';
import type { DeploymentState } from './states.ts';
import { gateFailure } from './workflow.ts';

/** Asking for a deployment, for a rollback, and for an end. Answers at once; a detached runner does the work. */

export interface DeployRequest {
  environment: string;
  ref: string;
  taskId?: string;
  /** When it may begin; at once when missing. */
  notBefore?: Date | undefined;
  caller: Caller;
}

/**
 * Records a deployment and starts its runner. What is known to be forbidden already (a failed gate, a freeze) is
 * recorded as refused and never starts; what waits for people already is not asked of them again.
 * @throws UNKNOWN_ENVIRONMENT, UNKNOWN_COMMIT, UNKNOWN_TASK, ENVIRONMENT_BUSY, NO_REPOSITORY
 */
export async function requestDeployment(project: Project, request: DeployRequest): Promise<string> {
  const { environment } = request;
  const subject = await subjectOf(project, environment, request.ref);
  if (request.taskId !== undefined) await project.tasks.get(request.taskId);
  await trustFirstPolicy(project, request.caller);
  await adoptOrphans(project);
  assertSoon(request.notBefore);
  const { sha: commit, authorEmail: author } = subject.commit;
  const calendar = await askCalendar(project, { environment, commit, author, at: request.notBefore });
  const known =
    calendar.open && request.notBefore === undefined ? await assessInTime(project, subject) : undefined;
  // A gate that is known to fail fails here and now, with everything that follows from it.
  const gate =
    known?.verdict === 'fail'
      ? await concludeInline(project, subject, { caller: request.caller, assessment: known })
      : undefined;
  const failure = calendar.open ? gate && gateFailure(environment, gate) : calendar.failure;
  const refused: Failure | undefined = failure && { ...failure, step: 'request' };
  const asked = known?.verdict === 'pass' ? await askedAlready(project, { ...request, commit }) : undefined;
  if (asked !== undefined) return asked;
  const row = await storeRequest(
    project,
    { ...request, kind: 'deploy', commit: subject.commit, gateId: gate?.gateId },
    { takesEnvironment: refused === undefined && request.notBefore === undefined },
  );
  if (refused) await refuse(project, row, refused);
  else project.startRun('deployment', row.id);
  return row.id;
}

const longestAheadMs = 7 * 24 * 60 * 60_000;

/** Whoever plans further ahead knows neither the commit nor the policy of that day. */
function assertSoon(notBefore: Date | undefined): void {
  if (!notBefore || notBefore.getTime() - now().getTime() <= longestAheadMs) return;
  throw new DevopsError('INVALID_ARGUMENTS', `notBefore ${timestamp(notBefore)} is more than 7 days ahead`, {
    remedy: 'Ask again nearer to that time, or give an earlier one.',
  });
}

export interface RollbackRequest {
  environment: string;
  /** Version, commit or deployment to go back to; the one before the live one when missing. */
  to?: string;
  reason: string;
  caller: Caller;
}

/**
 * Records a rollback and starts its runner. Refuses what cannot be restored before anything is touched.
 * @throws UNKNOWN_ENVIRONMENT, NOT_RESTORABLE, NO_CHANGE, ENVIRONMENT_BUSY
 */
export async function requestRollback(project: Project, request: RollbackRequest): Promise<string> {
  const { environment, reason } = request;
  environmentOf(project, environment);
  await adoptOrphans(project);
  const live = await liveRelease(project, environment);
  const wanted = await releaseToRestore(project, request, live?.id);
  if (wanted.id === live?.id) {
    throw new DevopsError('NO_CHANGE', `${wanted.version} is live on ${environment} already`, {
      remedy: 'Name an earlier release in "to", or leave "to" out for the one before.',
    });
  }
  const obstacle = await project.target(environment).notRestorable(releaseOf(project, wanted));
  if (obstacle !== undefined) {
    throw new DevopsError(
      'NOT_RESTORABLE',
      `${wanted.version} cannot be restored on ${environment}: ${obstacle}`,
      {
        remedy: `Deploy its commit ${wanted.commit_sha} anew with deploy, or roll back to another release.`,
      },
    );
  }
  if (live) {
    await askMigrations(project, { from: live, to: { commit: wanted.commit_sha, version: wanted.version } });
  }
  const commit = await (await project.repository()).resolve(wanted.commit_sha);
  const row = await storeRequest(
    project,
    { ...request, kind: 'rollback', commit, restore: wanted, reason },
    { takesEnvironment: true },
  );
  project.startRun('deployment', row.id);
  return row.id;
}

/** Releases that were proven once on this environment, newest first, and not taken back since. */
async function releaseToRestore(
  project: Project,
  { environment, to }: RollbackRequest,
  liveId: string | undefined,
): Promise<DeploymentRow> {
  const proven = await project.state.read
    .selectFrom('deployments')
    .selectAll()
    .where('environment', '=', environment)
    .where('kind', '=', 'deploy')
    .where('state', '=', 'deployed')
    .orderBy('finished_at', 'desc')
    .execute();
  const found =
    to === undefined
      ? proven.find(({ id }) => id !== liveId)
      : proven.find(
          ({ id, version, commit_sha }) =>
            id === to || version === to || (to.length >= 7 && commit_sha.startsWith(to)),
        );
  if (found) return found;
  const versions = proven.filter(({ id }) => id !== liveId).map(({ version }) => version);
  throw new DevopsError(
    'NOT_RESTORABLE',
    to === undefined
      ? `${environment} has no earlier release to go back to`
      : `${environment} never had a proven release "${to}"`,
    {
      remedy:
        versions.length > 0
          ? `Roll back to one of: ${[...new Set(versions)].slice(0, 5).join(', ')}.`
          : 'Deploy a good commit with deploy instead.',
    },
  );
}

const cancellable: readonly DeploymentState[] = [
  'pending',
  'waitingForApproval',
  'running',
  'verifying',
  'baking',
];

/**
 * Asks a deployment to end. Before the switch it just ends; after it, the previous release is brought back.
 * @throws UNKNOWN_DEPLOYMENT, NOT_CANCELLABLE
 */
export async function cancelDeployment(
  project: Project,
  caller: Caller,
  id: string,
  reason: string,
): Promise<void> {
  const row = await deploymentById(project, id);
  if (!cancellable.includes(row.state as DeploymentState)) {
    throw new DevopsError('NOT_CANCELLABLE', `${id} is ${row.state}`, {
      remedy:
        row.state === 'deployed'
          ? 'Use rollback to take a deployed release back.'
          : 'There is nothing left to cancel.',
    });
  }
  await project.state.change(async (writer) => {
    await writer
      .updateTable('deployments')
      .set({ cancel_reason: writer.redact(reason) })
      .where('id', '=', id)
      .execute();
    await record(writer, {
      caller,
      action: 'deployment.cancel',
      subject: id,
      decision: 'accepted',
      detail: { reason },
    });
  });
  if (!runnerIsAlive(row)) project.startRun('deployment', id);
}
