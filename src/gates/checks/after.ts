import type { StandingCheck } from './standing-check.ts';

/** `after: staging`: the very same artifact was deployed there, and not taken back since. */
export const after: StandingCheck = {
  name: 'after',
  required: ({ policy }) => (policy.after === undefined ? undefined : `deployed to ${policy.after} before`),
  async prove(project, { policy, commit, artifact }) {
    const before = policy.after as string;
    const attempts = await project.state.read
      .selectFrom('deployments')
      .select(['id', 'state', 'artifact_digest', 'version'])
      .where('environment', '=', before)
      .where('commit_sha', '=', commit.sha)
      .where('kind', '=', 'deploy')
      .where('started_at', 'is not', null)
      .orderBy('requested_at', 'desc')
      .execute();
    const latest = attempts[0];
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
        remedy: `Deploy this commit to ${before} again, so that the artifact it proves is the one promoted.`,
      };
    }
    return {
      verdict: 'pass',
      observed: `${latest.id} deployed`,
      reason: `${before} runs or ran this artifact successfully.`,
    };
  },
};
