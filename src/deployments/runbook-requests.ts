import { trustFirstPolicy } from '../approvals/approved-policies.ts';
import { askedAlready } from '../approvals/asked-already.ts';
import { DevopsError } from '../errors.ts';
import { assess, subjectOf } from '../gates/assess.ts';
import type { RequirementResult, Verdict } from '../gates/types.ts';
import type { Commit } from '../platform/git.ts';
import type { Caller, Project } from '../project.ts';
import { adoptOrphans } from './adoption.ts';
import { assessInTime } from './assess-in-time.ts';
import { askCalendar } from './frozen.ts';
import { aroundThePlan } from './plan.ts';
import { liveRelease, versionOf } from './releases.ts';
import { refuse, storeRequest } from './request-rows.ts';
import { describeRunbook, type RunbookRequest, runbookNamed } from './runbook.ts';
import { readParameters } from './runbook-parameters.ts';
import { assertScalable, type Scaling, scalingName } from './scaling.ts';

/** Asking for a run of a runbook. */

export interface RunbookCall {
  runbook: string;
  parameters: Readonly<Record<string, unknown>>;
  ref: string;
  taskId?: string | undefined;
}

/**
 * Records the run and starts its runner; a freeze refuses it at once, and what waits for people is not asked again.
 * @throws INVALID_ARGUMENTS, UNKNOWN_COMMIT, UNKNOWN_TASK, ENVIRONMENT_BUSY, NO_REPOSITORY
 */
export async function requestRunbook(
  project: Project,
  call: RunbookCall & { caller: Caller },
): Promise<string> {
  return requestRun(project, {
    ...(await readCall(project, call)),
    taskId: call.taskId,
    caller: call.caller,
  });
}

/**
 * The same for more or fewer instances of a service, of the release that is live.
 * @throws NOT_SCALABLE, UNKNOWN_ENVIRONMENT, ENVIRONMENT_BUSY, NO_REPOSITORY
 */
export async function requestScaling(
  project: Project,
  { environment, service, replicas, reason, caller }: Scaling & RequestedBy & { environment: string },
): Promise<string> {
  assertScalable(project, environment, { service, replicas });
  const live = await liveRelease(project, environment);
  if (!live) {
    throw new DevopsError('NOT_SCALABLE', `nothing is live on ${environment}`, {
      remedy: 'Deploy a release first.',
    });
  }
  const commit = await (await project.repository()).resolve(live.commit);
  const request: RunbookRequest = { name: scalingName, parameters: { service, replicas }, builtIn: true };
  return requestRun(project, { environment, commit, request, reason, caller });
}

interface RequestedBy {
  caller: Caller;
  taskId?: string | undefined;
  reason?: string | undefined;
}

async function requestRun(
  project: Project,
  call: RequestedBy & { environment: string; commit: Commit; request: RunbookRequest },
): Promise<string> {
  const { environment, commit, request, reason } = call;
  if (call.taskId !== undefined) await project.tasks.get(call.taskId);
  await trustFirstPolicy(project, call.caller);
  await adoptOrphans(project);
  const calendar = await askCalendar(project, {
    environment,
    commit: commit.sha,
    author: commit.authorEmail,
  });
  const passes = async () => {
    const subject = await subjectOf(project, environment, commit.sha);
    return (await assessInTime(project, subject))?.verdict === 'pass';
  };
  const asked =
    calendar.open && (await passes())
      ? await askedAlready(project, { ...call, commit: commit.sha, runbook: request })
      : undefined;
  if (asked !== undefined) return asked;
  const row = await storeRequest(
    project,
    {
      environment,
      kind: 'runbook',
      commit,
      runbook: request,
      taskId: call.taskId,
      ...(reason !== undefined && { reason }),
      caller: call.caller,
    },
    { takesEnvironment: calendar.open },
  );
  if (calendar.open) project.startRun('deployment', row.id);
  else await refuse(project, row, { ...calendar.failure, step: 'request' });
  return row.id;
}

/** What a run would do, and what the gate says now; changes and records nothing. */
export async function planRunbook(
  project: Project,
  call: RunbookCall,
): Promise<{
  state: 'planned';
  environment: string;
  commit: string;
  to: string;
  runbook: RunbookRequest;
  steps: string[];
  gate: { verdict: Verdict; requirements: RequirementResult[] };
}> {
  const { environment, commit, request } = await readCall(project, call);
  const subject = await subjectOf(project, environment, commit.sha);
  const { verdict, requirements } = await assess(project, subject);
  return {
    state: 'planned',
    environment,
    commit: commit.sha,
    to: versionOf(commit.sha),
    runbook: request,
    steps: aroundThePlan(project, environment, describeRunbook(runbookNamed(project, request.name), request)),
    gate: { verdict, requirements },
  };
}

async function readCall(
  project: Project,
  { runbook, parameters, ref }: RunbookCall,
): Promise<{ environment: string; commit: Commit; request: RunbookRequest }> {
  const config = runbookNamed(project, runbook);
  const request = { name: runbook, parameters: readParameters(config, parameters) };
  const commit = await (await project.repository()).resolve(ref);
  return { environment: config.environment, commit, request };
}
