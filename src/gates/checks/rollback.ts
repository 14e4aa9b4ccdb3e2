import { liveRelease } from '../../deployments/releases.ts';
import type { StandingCheck } from './standing-check.ts';

/**
 * `rollback: verified`: the release that is live now could be brought back. Before a first release there is nothing
 * to go back to: then the way back is to take the new release out of service, which every rollback of a first
 * release does.
 */
export const rollback: StandingCheck = {
  name: 'rollback',
  required: ({ policy }) =>
    policy.gate.rollback === undefined ? undefined : 'the live release can be restored',
  async prove(project, { environment }) {
    const live = await liveRelease(project, environment);
    if (!live) {
      return {
        verdict: 'pass',
        observed: 'first release',
        reason: 'Nothing is live yet; a failed first release is taken out of service.',
      };
    }
    const obstacle = await project.target(environment).notRestorable(live);
    if (obstacle === undefined) {
      return {
        verdict: 'pass',
        observed: `${live.version} is restorable`,
        reason: 'Its files are there and their digest is right.',
      };
    }
    return {
      verdict: 'fail',
      observed: `${live.version} is not restorable`,
      reason: obstacle,
      remedy: `Make ${live.version} restorable again, for example by deploying its commit ${live.commit} once more.`,
    };
  },
};
