import type { EnvironmentConfig } from '../config/schema.ts';
import { runCheck } from '../gates/run-check.ts';
import { probe, servesRelease, waitUntilHealthy } from '../operations/probes.ts';
import { sleep } from '../platform/clock.ts';
import { environmentOf, type Project } from '../project.ts';
import { DeploymentFailed } from './failure.ts';
import { deploymentById, enter, note } from './records.ts';
import { candidateId, deploymentRow, releaseOf } from './releases.ts';
import type { PlannedStep, StepAction } from './strategies/types.ts';
import { stagedUrl } from './targets/staged.ts';
import type { Release, Target, TargetCall } from './targets/types.ts';
import { Watch } from './watch.ts';
import { watchShare } from './watch-share.ts';
import type { Run } from './workflow.ts';

/** Everything a step needs to act on the target. */
export interface Effects {
  project: Project;
  deploymentId: string;
  policy: EnvironmentConfig;
  target: Target;
  release: Release;
  previous: Release | undefined;
  /** For effects on the target: never aborted half-way. */
  call: TargetCall;
  /** For waiting: aborted by a cancellation. */
  signal: AbortSignal;
}

export async function openEffects({
  project,
  row: { id },
  log,
  signal,
}: Pick<Run, 'project' | 'row' | 'log' | 'signal'>): Promise<Effects> {
  const row = await deploymentById(project, id);
  const brought = row.restore_id === null ? row : await deploymentById(project, row.restore_id);
  const previousRow = row.previous_id === null ? undefined : await deploymentRow(project, row.previous_id);
  const previous = previousRow && releaseOf(project, previousRow);
  return {
    project,
    deploymentId: id,
    policy: environmentOf(project, row.environment),
    target: project.target(row.environment),
    release: releaseOf(project, brought),
    previous,
    call: {
      fence: { deploymentId: id, number: row.number },
      log,
      signal: new AbortController().signal,
      previous,
    },
    signal,
  };
}

const actions: Record<StepAction, (effects: Effects, step: PlannedStep) => Promise<unknown>> = {
  stage: ({ target, release, call }) => target.stage(release, call),
  probeCandidate,
  shift: async ({ target, release, call }, step) => {
    if (!target.shift) throw new Error(`${target.kind} shares no traffic`);
    await target.shift(release, shareOf(step), call);
  },
  watchShare: (effects, step) => watchShare(effects, shareOf(step)),
  activate: ({ target, release, call }) => target.activate(release, call),
  retirePrevious: async ({ target, previous, release, call }) => {
    if (previous && previous.id !== release.id) await target.retire(previous, call);
  },
  verify,
  validate,
  bake,
};

export async function performStep(step: PlannedStep, effects: Effects): Promise<unknown> {
  return actions[step.action](effects, step);
}

function shareOf({ action, percent }: PlannedStep): number {
  if (percent === undefined) throw new Error(`${action} without a share`);
  return percent;
}

async function probeCandidate({ target, release, call, policy, signal }: Effects): Promise<void> {
  const baseUrl = await stagedUrl(target, release, call);
  const seen = await waitUntilHealthy({ baseUrl, health: policy.health, release, signal });
  if ('problem' in seen) {
    throw new DeploymentFailed({
      code: 'HEALTH_FAILED',
      message: `the candidate ${release.version} is ${seen.problem}`,
    });
  }
}

/** The served version must be the new one, healthy several times in a row. */
export async function verify({
  project,
  deploymentId,
  target,
  release,
  policy,
  signal,
}: Effects): Promise<string> {
  await enter(project, deploymentId, 'verifying');
  const seen = await waitUntilHealthy({
    baseUrl: target.url,
    health: policy.health,
    release,
    servedVersion: async () => (await target.live())?.version,
    signal,
  });
  if ('problem' in seen) {
    throw new DeploymentFailed({
      code: 'HEALTH_FAILED',
      message: `after the switch ${release.version} is ${seen.problem}`,
    });
  }
  await note(project, deploymentId, { served_version: seen.servedVersion });
  return seen.servedVersion;
}

/** Runs the configured checks against the environment that now serves the release. */
async function validate({
  project,
  deploymentId,
  policy,
  release,
  target,
  call,
  signal,
}: Effects): Promise<void> {
  const commit = await (await project.repository()).resolve(release.commit);
  for (const check of policy.validate) {
    const evidence = await runCheck(project, {
      check,
      gateId: deploymentId,
      environment: release.environment,
      commit,
      artifact: release.artifact,
      targetUrl: target.url,
      log: call.log,
      signal,
    });
    const { tests } = evidence;
    const red = (tests?.failed ?? 0) + (tests?.errored ?? 0);
    if (evidence.conclusive && red === 0) continue;
    const why = evidence.conclusive
      ? `${red} tests failed: ${tests?.failures
          .map(({ name }) => name)
          .slice(0, 5)
          .join('; ')}`
      : evidence.problems.join('; ');
    throw new DeploymentFailed({
      code: 'VALIDATION_FAILED',
      message: `${check} against ${release.environment}: ${why}`,
    });
  }
}

/** Watches the release under its real traffic for the bake time. */
async function bake({ project, deploymentId, target, release, policy, signal }: Effects): Promise<unknown> {
  await enter(project, deploymentId, 'baking');
  const { strategy, health } = policy;
  const watch = new Watch(strategy.analysis && { ...strategy.analysis, comparedToLive: undefined });
  const until = performance.now() + strategy.bake;
  let traffic = await target.traffic(release);
  while (performance.now() < until) {
    await sleep(Math.min(health.interval, Math.max(0, until - performance.now())), signal);
    const seen = await probe(target.url, health);
    const served = seen.servedVersion ?? (seen.healthy ? (await target.live())?.version : undefined);
    traffic = await target.traffic(release);
    const trouble = watch.observe({
      probe: { ...seen, servedVersion: served },
      rightVersion: served !== undefined && servesRelease(served, release),
      traffic,
    });
    if (trouble !== undefined) {
      throw new DeploymentFailed({ code: 'ANALYSIS_FAILED', message: `${release.version}: ${trouble}` });
    }
  }
  const unproven = watch.conclude();
  if (unproven !== undefined) {
    throw new DeploymentFailed({
      code: 'ANALYSIS_FAILED',
      message: `${release.version}: inconclusive, ${unproven}`,
      remedy: `Let a person lengthen strategy.bake or lower strategy.analysis.minRequests of ${release.environment}.`,
    });
  }
  return traffic;
}

const releasesKept = 5;

/** Deletes what no rollback can need: the live release, the one before it and the newest good ones stay. */
export async function pruneReleases({ target, release, previous, project, call }: Effects): Promise<void> {
  const good = await project.state.read
    .selectFrom('deployments')
    .selectAll()
    .where('environment', '=', release.environment)
    .where('kind', '=', 'deploy')
    .where('state', '=', 'deployed')
    .where('artifact_digest', 'is not', null)
    .orderBy('finished_at', 'desc')
    .limit(releasesKept)
    .execute();
  const running = await project.state.read
    .selectFrom('gates')
    .select('id')
    .where('finished_at', 'is', null)
    .execute();
  const releases = [release, ...(previous ? [previous] : []), ...good.map((row) => releaseOf(project, row))];
  await target.prune({ releases, inUse: running.map(({ id }) => candidateId(id)) }, call);
}
