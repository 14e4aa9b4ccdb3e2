import { instancesOf } from '../../config/strategies.ts';
import { formatDuration } from '../../config/values.ts';
import { copySteps, watchSteps } from './shared-steps.ts';
import type { PlanFacts, PlannedStep, Strategy } from './types.ts';

/**
 * Some instances get the release while the others go on with the one before, and the service is watched after each
 * batch: what is bad takes down a part of it, and the way back is as long as the way that was gone.
 */
export const rolling: Strategy = {
  kind: 'rolling',
  title: 'Rolling',
  plan(facts) {
    const { version, instances } = facts;
    return [
      ...copySteps(facts),
      ...batchSteps(facts),
      { action: 'activate', does: `bring ${version} to all ${instances} instances` },
      ...watchSteps(facts),
    ];
  },
};

/** All batches but the last, which is the switch itself. A first release takes nothing from anybody. */
function batchSteps({ version, previousVersion, instances: all, strategy }: PlanFacts): PlannedStep[] {
  if (strategy.kind !== 'rolling' || previousVersion === undefined) return [];
  const size = instancesOf(strategy.maxUnavailable, all);
  const steps: PlannedStep[] = [];
  for (let upTo = size; upTo < all; upTo += size) {
    const instances = { upTo, of: all };
    steps.push(
      { action: 'advance', instances, does: `bring ${version} to ${upTo} of ${all} instances` },
      {
        action: 'watchBatch',
        instances,
        does: `watch the service for ${formatDuration(strategy.watch)} while both versions serve`,
      },
    );
  }
  return steps;
}
