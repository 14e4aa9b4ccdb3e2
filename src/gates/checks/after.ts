import { probe, servesRelease } from '../../operations/probes.ts';
import { sleep } from '../../platform/clock.ts';
import type { DeploymentRow } from '../../platform/tables.ts';
import { environmentOf, type Project } from '../../project.ts';
import type { Judgement } from '../types.ts';
import type { StandingCheck } from './standing-check.ts';

/**
 * `after: staging`: the very same artifact was deployed there and stayed healthy: it is live there and well, or was
 * replaced by a later good release after its own bake time; nobody took it back.
 */
export const after: StandingCheck = {
  name: 'after',
  mendedBy: 'caller',
  required: ({ policy }) =>
    policy.after === undefined ? undefined : `deployed to ${policy.after} before, and healthy there`,
  async prove(project, { policy, commit, artifact }) {
    const before = policy.after as string;
    const again = `Deploy ${commit.sha.slice(0, 12)} to ${before} again`;
    const latest = await latestAttempt(project, before, commit.sha);
    if (!latest) {
      return {
        verdict: 'fail',
        observed: `never deployed to ${before}`,
        reason: `No deployment of ${commit.sha.slice(0, 12)} to ${before} is on record.`,
        remedy: `Deploy this commit to ${before} first.`,
      };
    }
    if (latest.state !== 'deployed') {
      return {
        verdict: 'fail',
        observed: `${latest.state} on ${before}`,
        reason: `The latest deployment of this commit to ${before}, ${latest.id}, is ${latest.state}.`,
        remedy: `Deploy this commit to ${before} successfully first.`,
      };
    }
    if (artifact && artifact.digest !== latest.artifact_digest) {
      return {
        verdict: 'fail',
        observed: 'another artifact',
        reason: `${before} got ${latest.artifact_digest}, this deployment would take ${artifact.digest}.`,
        remedy: `${again}, so that the artifact it proves is the one promoted.`,
      };
    }
    const live = await liveRow(project, before);
    if (live && live.commit_sha === latest.commit_sha && live.artifact_digest === latest.artifact_digest) {
      return isWell(project, before, latest);
    }
    const successor = await laterGoodRelease(project, latest);
    if (successor) {
      return {
        verdict: 'pass',
        observed: `${latest.id} deployed, then replaced by ${successor.version}`,
        reason: `${before} ran this artifact until ${successor.id} replaced it.`,
      };
    }
    return {
      verdict: 'fail',
      observed: `no longer live on ${before}`,
      reason: live
        ? `${before} went back to ${live.version} after ${latest.id}.`
        : `${before} was taken out of service after ${latest.id}.`,
      remedy: `${again}.`,
    };
  },
};

function latestAttempt(project: Project, environment: string, sha: string) {
  return project.state.read
    .selectFrom('deployments')
    .selectAll()
    .where('environment', '=', environment)
    .where('commit_sha', '=', sha)
    .where('kind', '=', 'deploy')
    .where('started_at', 'is not', null)
    .orderBy('requested_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

function liveRow(project: Project, environment: string) {
  return project.state.read
    .selectFrom('environments')
    .innerJoin('deployments', 'deployments.id', 'environments.live_id')
    .selectAll('deployments')
    .where('environments.name', '=', environment)
    .executeTakeFirst();
}

/** A deployment that came later, and that nobody took back either. */
function laterGoodRelease(project: Project, { environment, number }: DeploymentRow) {
  return project.state.read
    .selectFrom('deployments')
    .select(['id', 'version'])
    .where('environment', '=', environment)
    .where('kind', '=', 'deploy')
    .where('state', '=', 'deployed')
    .where('number', '>', number)
    .orderBy('number')
    .limit(1)
    .executeTakeFirst();
}

/** One lost probe is weather. */
const probes = 3;
const pauseMs = 100;

/** What runs there right now must answer, and as itself. */
async function isWell(project: Project, environment: string, release: DeploymentRow): Promise<Judgement> {
  const { health } = environmentOf(project, environment);
  const { url } = project.target(environment);
  let problem = '';
  for (let count = 0; count < probes; count += 1) {
    if (count > 0) await sleep(pauseMs);
    const seen = await probe(url, health);
    const named = { version: release.version, commit: release.commit_sha };
    const isOther = seen.servedVersion !== undefined && !servesRelease(seen.servedVersion, named);
    if (seen.healthy && !isOther) {
      return {
        verdict: 'pass',
        observed: `${release.id} deployed, live and healthy`,
        reason: `${environment} runs this artifact.`,
      };
    }
    problem = isOther ? `it serves ${seen.servedVersion}` : (seen.problem ?? 'no answer');
  }
  return {
    verdict: 'fail',
    observed: `not healthy on ${environment}`,
    reason: `${release.version} is live on ${environment}, but ${problem}.`,
    remedy: `Make ${release.version} healthy on ${environment} again; checkHealth {"environment": "${environment}"} shows what is wrong.`,
  };
}
