import { liveRelease } from '../../deployments/releases.ts';
import type { Release } from '../../deployments/targets/types.ts';
import type { Project } from '../../project.ts';
import { canGoBack, latestRehearsal } from '../rehearsal.ts';
import type { GateSubject } from '../subject.ts';
import type { Judgement } from '../types.ts';
import type { StandingCheck } from './standing-check.ts';

/**
 * `rollback: verified`: the release that is live now could be brought back, and going back was really done lately, in
 * the environment before or here. Before a first release there is nothing to go back to: then the way back is to take
 * the new release out of service, which every rollback of a first release does.
 */
export const rollback: StandingCheck = {
  name: 'rollback',
  mendedBy: 'caller',
  required: ({ policy }) =>
    policy.gate.rollback === undefined
      ? undefined
      : 'the live release can be restored, and a rollback was rehearsed within 90 days',
  async prove(project, subject) {
    const { environment } = subject;
    const live = await liveRelease(project, environment);
    if (!live) {
      return {
        verdict: 'pass',
        observed: 'first release',
        reason: 'Nothing is live yet; a failed first release is taken out of service.',
      };
    }
    const obstacle = await project.target(environment).notRestorable(live);
    if (obstacle !== undefined) {
      return {
        verdict: 'fail',
        observed: `${live.version} is not restorable`,
        reason: obstacle,
        remedy: `Make ${live.version} restorable again: deploy its commit ${live.commit} to ${environment} once more.`,
      };
    }
    return rehearsed(project, subject, live);
  },
};

async function rehearsed(project: Project, subject: GateSubject, live: Release): Promise<Judgement> {
  const { environment, policy } = subject;
  const before = policy.after;
  const targetKind = policy.target.kind;
  const isAlike = before !== undefined && project.config.environments[before]?.target.kind === targetKind;
  const environments = [...(isAlike ? [before] : []), environment];
  const rehearsal = await latestRehearsal(project, { environments, targetKind });
  if (rehearsal) {
    return {
      verdict: 'pass',
      observed: `${live.version} is restorable; ${rehearsal.deploymentId} went back on ${rehearsal.environment} on ${rehearsal.at.slice(0, 10)}`,
      reason: 'Its files are there, their digest is right, and the way back was walked.',
    };
  }
  if (isAlike) return notRehearsed(before, await rehearsalIn(project, before, subject, live));
  if (await canGoBack(project, environment)) {
    return notRehearsed(
      environment,
      rollbackCall(environment, 'follow it with getDeployment until it is deployed'),
    );
  }
  return {
    verdict: 'pass',
    observed: `${live.version} is restorable; a rehearsal is not possible yet`,
    reason: `Its files are there and their digest is right. ${environment} has had no release before it, and no environment before it has a ${targetKind} target.`,
  };
}

function notRehearsed(environment: string, remedy: string): Judgement {
  return {
    verdict: 'fail',
    observed: 'rollback not rehearsed',
    reason: `No rollback that ended well is on record for ${environment} within 90 days.`,
    remedy,
  };
}

async function rehearsalIn(
  project: Project,
  before: string,
  { commit }: GateSubject,
  live: Release,
): Promise<string> {
  const forward = `follow it with getDeployment until it is deployed, then deploy {"environment": "${before}", "ref": "${commit.sha}"} again`;
  if (await canGoBack(project, before)) return rollbackCall(before, forward);
  return `${before} has no release to go back to yet: deploy ${live.commit} there, then ${commit.sha}. ${rollbackCall(before, forward)}`;
}

function rollbackCall(environment: string, then: string): string {
  return `Call rollback {"environment": "${environment}", "reason": "rehearsal"}, ${then}.`;
}
