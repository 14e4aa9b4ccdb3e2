import { probe, servesRelease } from '../operations/probes.ts';
import type { Effects } from './effects.ts';
import { DeploymentFailed } from './failure.ts';
import { enter } from './records.ts';
import type { PlannedStep } from './strategies/types.ts';
import { stagedUrl } from './targets/staged.ts';
import type { Traffic } from './targets/types.ts';
import { watchRelease } from './watch-release.ts';

/** The steps of a deployment that watch: a share of the traffic, some of the instances, and the release alone. */

/** A share of the traffic, beside the live release. @throws DeploymentFailed ANALYSIS_FAILED */
export async function watchShare(effects: Effects, { percent }: PlannedStep): Promise<Traffic | undefined> {
  const { project, deploymentId, target, release, previous, policy, call } = effects;
  const { strategy, health } = policy;
  if (strategy.kind !== 'canary') throw new Error(`${strategy.kind} shares no traffic`);
  await enter(project, deploymentId, 'verifying');
  const baseUrl = await stagedUrl(target, release, call);
  return watchRelease(effects, {
    subject: `${release.version} with ${percent}% of the traffic`,
    lengthMs: strategy.watch,
    field: 'watch',
    limits: strategy.analysis,
    baseUrl,
    liveVersion: previous?.version,
    async look() {
      const seen = await probe(baseUrl, health);
      return {
        probe: seen,
        rightVersion: seen.servedVersion !== undefined && servesRelease(seen.servedVersion, release),
        traffic: await target.traffic(release),
        live: previous && (await target.traffic(previous)),
      };
    },
  });
}

/**
 * The service while some instances have the release and the others the one before; then each of the former once more.
 * @throws DeploymentFailed ANALYSIS_FAILED
 */
export async function watchBatch(effects: Effects, { instances }: PlannedStep): Promise<void> {
  const { project, deploymentId, target, release, previous, policy } = effects;
  const { strategy, health } = policy;
  if (strategy.kind !== 'rolling' || !instances) throw new Error(`${strategy.kind} has no batches`);
  await enter(project, deploymentId, 'verifying');
  const { upTo, of } = instances;
  const subject = `${release.version} on ${upTo} of ${of} instances`;
  const known = previous ? [release, previous] : [release];
  await watchRelease(effects, {
    subject,
    lengthMs: strategy.watch,
    field: 'watch',
    limits: strategy.analysis,
    baseUrl: target.url,
    liveVersion: previous?.version,
    async look() {
      const seen = await probe(target.url, health);
      const { servedVersion: served } = seen;
      // Either may answer. Where no version is shown, the target's own word at the end is what counts.
      const rightVersion = served === undefined || known.some((one) => servesRelease(served, one));
      return { probe: seen, rightVersion, traffic: await target.traffic(release) };
    },
  });
  const serving = (await target.serving?.(release)) ?? 0;
  if (serving >= upTo) return;
  throw new DeploymentFailed({
    code: 'ANALYSIS_FAILED',
    message: `${subject}: only ${serving} of them still serve it`,
  });
}

/** The release under all of its traffic, for the bake time. @throws DeploymentFailed ANALYSIS_FAILED */
export async function bake(effects: Effects): Promise<Traffic | undefined> {
  const { project, deploymentId, target, release, policy } = effects;
  const { strategy, health } = policy;
  await enter(project, deploymentId, 'baking');
  if (strategy.bake === 0 && strategy.analysis === undefined) return target.traffic(release);
  return watchRelease(effects, {
    subject: release.version,
    lengthMs: strategy.bake,
    field: 'bake',
    limits: strategy.analysis && { ...strategy.analysis, comparedToLive: undefined },
    baseUrl: target.url,
    async look() {
      const seen = await probe(target.url, health);
      const served = seen.servedVersion ?? (seen.healthy ? (await target.live())?.version : undefined);
      return {
        probe: { ...seen, servedVersion: served },
        rightVersion: served !== undefined && servesRelease(served, release),
        traffic: await target.traffic(release),
      };
    },
  });
}
