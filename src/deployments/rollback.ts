import { restoredOn } from '../gates/rehearsal.ts';
import { probe, waitUntilHealthy } from '../operations/probes.ts';
import { timestamp } from '../platform/clock.ts';
import { type Effects, openEffects, verify } from './effects.ts';
import { DeploymentFailed, type Failure, failureOf } from './failure.ts';
import { askMigrations } from './irreversible.ts';
import { takeEnvironment } from './queue.ts';
import { deploymentById, enter, note } from './records.ts';
import type { Release, Target, TargetCall } from './targets/types.ts';
import type { Run } from './workflow.ts';

/** A rollback that somebody asked for: an earlier release comes back live and is proven like a new one. */
export async function rollbackWorkflow(run: Run): Promise<void> {
  const { project, row, journal } = run;
  await journal.step('admit', () => takeEnvironment(run));
  const effects = await openEffects(run);
  const { target, release, previous, call } = effects;
  await journal.step('restorable', async () => {
    const obstacle = await target.notRestorable(release);
    if (obstacle !== undefined) throw new DeploymentFailed({ code: 'NOT_RESTORABLE', message: obstacle });
  });
  if (previous)
    await journal.step('migrations', () => askMigrations(project, { from: previous, to: release }));
  if ((await deploymentById(project, row.id)).state === 'pending') {
    await enter(project, row.id, 'running', { started_at: timestamp() });
  }
  await journal.step('restore', () => restore(target, release, call));
  await journal.step('verify', () => verify(effects));
  await journal.step('retirePrevious', async () => {
    if (previous && previous.id !== release.id) await target.retire(previous, call);
  });
  await enter(project, row.id, 'deployed', { liveId: release.id });
  if (row.previous_id !== null && row.previous_id !== release.id)
    await enter(project, row.previous_id, 'rolledBack');
}

/**
 * The way back after a failure: the release that was live before gets the traffic again and is proven to serve.
 * A first release is taken out of service. When the way back fails too, people are called by the aftermath.
 */
export async function bringBack(run: Run, failure: Failure): Promise<void> {
  const { project, row, journal, log } = run;
  await enter(project, row.id, 'rollingBack', { failure });
  log(`rolling back: ${failure.message}`);
  const effects = await openEffects(run);
  const { target, release, previous, call } = effects;
  try {
    if (previous) {
      await journal.step('migrations', () => askMigrations(project, { from: release, to: previous }));
      await journal.step('restorePrevious', () => restore(target, previous, call));
      await journal.step('verifyPrevious', () => provePrevious(effects));
      await journal.step('retireFailed', () => target.retire(release, call));
    } else {
      await journal.step('takeOutOfService', () => target.stop(call));
      await note(project, row.id, { served_version: null });
    }
    await enter(project, row.id, 'rolledBack');
  } catch (error) {
    await giveUp(effects, { ...failureOf(error, journal.current), code: 'ROLLBACK_FAILED' }, failure);
  }
}

/** The journal keeps on what kind of target it went well: later gates rely on a way back that was really walked. */
async function restore(target: Target, release: Release, call: TargetCall) {
  await target.restore(release, call);
  return restoredOn(target.kind);
}

async function provePrevious({ project, deploymentId, target, previous, policy }: Effects): Promise<void> {
  if (!previous) return;
  const seen = await waitUntilHealthy({
    baseUrl: target.url,
    health: policy.health,
    release: previous,
    servedVersion: async () => (await target.live())?.version,
  });
  if ('problem' in seen) {
    throw new DeploymentFailed({
      code: 'ROLLBACK_FAILED',
      message: `${previous.version} is ${seen.problem}`,
    });
  }
  await note(project, deploymentId, { served_version: seen.servedVersion });
}

/** Nothing more can be done by us: `failed` when it is known what serves, `unknown` when it is not. */
export async function giveUp(
  { project, deploymentId, target, policy }: Effects,
  failure: Failure,
  first?: Failure,
): Promise<void> {
  const served = (await probe(target.url, policy.health)).servedVersion ?? (await target.live())?.version;
  await enter(project, deploymentId, served === undefined ? 'unknown' : 'failed', {
    served_version: served,
    failure: {
      ...failure,
      message: `${failure.message}${first ? ` (rolling back after: ${first.message})` : ''}`,
      remedy:
        served === undefined
          ? `Nobody answers at ${target.url}. A person looks at the environment; checkHealth shows when it serves again.`
          : `${served} serves now. A person decides whether to roll back again or to deploy a fixed release.`,
    },
  });
}
