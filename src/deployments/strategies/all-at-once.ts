import { copySteps, watchSteps } from './shared-steps.ts';
import type { Strategy } from './types.ts';

/** The new release takes all traffic and the old one ends at once: short, and rolling back means starting it again. */
export const allAtOnce: Strategy = {
  kind: 'allAtOnce',
  title: 'All at once',
  plan(facts) {
    const { version, previousVersion, capabilities } = facts;
    return [
      ...(capabilities.stage ? [{ action: 'stage' as const, does: `start ${version} without traffic` }] : []),
      ...copySteps(facts),
      { action: 'activate', does: `give all traffic to ${version}` },
      ...(previousVersion !== undefined && capabilities.stage
        ? [{ action: 'retirePrevious' as const, does: `end ${previousVersion}` }]
        : []),
      ...watchSteps(facts),
    ];
  },
};
