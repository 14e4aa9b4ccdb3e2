import type { EnvironmentConfig, StrategyConfig } from '../config/schema.ts';
import { instancesOf } from '../config/strategies.ts';
import { runCheck } from '../gates/run-check.ts';
import { waitUntilHealthy } from '../operations/probes.ts';
import { environmentOf, type Project } from '../project.ts';
import { DeploymentFailed } from './failure.ts';
import { deploymentById, enter, note } from './records.ts';
import { candidateId, deploymentRow, releaseOf } from './releases.ts';
import type { PlannedStep, StepAction } from './strategies/types.ts';
import { stagedUrl } from './targets/staged.ts';
import type { Release, Target, TargetCall } from './targets/types.ts';
import { bake, watchBatch, watchShare } from './watch-steps.ts';
import type { Run } from './workflow.ts';

/** Everything a step needs to act on the target. */
export interface Effects {
  project: Project;
  deploymentId: string;
  policy: EnvironmentConfig;
  target: Target;
  release: Release;
  previous: Release | undefined;
  /** E-mail address of the commit's author, who decides nothing about it. */
  author: string;
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
  const policy = environmentOf(project, row.environment);
  const target = project.target(row.environment);
  return {
    project,
    deploymentId: id,
    policy,
    target,
    author: row.author,
    release: releaseOf(project, brought),
    previous,
    call: {
      fence: { deploymentId: id, number: row.number },
      log,
      signal: new AbortController().signal,
      previous,
      atOnce: atOnce(policy.strategy, target),
    },
    signal,
  };
}

/** How many instances a step may take out of service at the same time; undefined for all of them. */
function atOnce(strategy: StrategyConfig, { instances }: Target): number | undefined {
  return strategy.kind === 'rolling' ? instancesOf(strategy.maxUnavailable, instances) : undefined;
}

const actions: Record<StepAction, (effects: Effects, step: PlannedStep) => Promise<unknown>> = {
  stage: ({ target, release, call }) => target.stage(release, call),
  probeCandidate,
  shift: async ({ target, release, call }, step) => {
    if (!target.shift) throw new Error(`${target.kind} shares no traffic`);
    await target.shift(release, shareOf(step), call);
  },
  watchShare,
  advance: async ({ target, release, call }, { instances }) => {
    if (!target.advance || !instances) throw new Error(`${target.kind} has no batches`);
    await target.advance(release, instances.upTo, call);
  },
  watchBatch,
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

const healthRemedy =
  "Have the service answer the environment's health path with success and the version that it is given as DEVOPS_VERSION, within health.timeout; commit, and deploy again.";

async function probeCandidate({ target, release, call, policy, signal }: Effects): Promise<void> {
  const baseUrl = await stagedUrl(target, release, call);
  const seen = await waitUntilHealthy({ baseUrl, health: policy.health, release, signal });
  if ('problem' in seen) {
    throw new DeploymentFailed({
      code: 'HEALTH_FAILED',
      message: `the candidate ${release.version} is ${seen.problem}`,
      remedy: healthRemedy,
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
      remedy: healthRemedy,
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
