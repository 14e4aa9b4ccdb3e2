import { formatDuration } from '../../config/values.ts';
import { candidateSteps, endWarmRelease, watchSteps } from './shared-steps.ts';
import type { PlanFacts, PlannedStep, Strategy } from './types.ts';

/**
 * The new release gets a growing share of the traffic while the old one keeps the rest, and each share is watched: most
 * customers never meet a bad release. The old one stays warm until the last watch is over.
 */
export const canary: Strategy = {
  kind: 'canary',
  title: 'Canary',
  plan(facts) {
    const { version, previousVersion } = facts;
    return [
      ...candidateSteps(facts),
      ...(previousVersion === undefined ? [] : shareSteps(facts, previousVersion)),
      { action: 'activate', does: `give all traffic to ${version}` },
      ...watchSteps(facts),
      ...endWarmRelease(facts),
    ];
  },
};

/** A first release has nobody to share with. */
function shareSteps({ version, strategy }: PlanFacts, previousVersion: string): PlannedStep[] {
  if (strategy.kind !== 'canary') return [];
  return strategy.steps.flatMap((percent) => [
    { action: 'shift', percent, does: `give ${percent}% of the traffic to ${version}` },
    {
      action: 'watchShare',
      percent,
      does: `watch ${version} beside ${previousVersion} for ${formatDuration(strategy.watch)}`,
    },
  ]);
}
