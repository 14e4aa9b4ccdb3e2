import { candidateSteps, endWarmRelease, watchSteps } from './shared-steps.ts';
import type { Strategy } from './types.ts';

/** The new release is proven beside the old one, which stays warm for an instant way back until the watch is over. */
export const blueGreen: Strategy = {
  kind: 'blueGreen',
  title: 'Blue-green',
  plan(facts) {
    const { version } = facts;
    return [
      ...candidateSteps(facts),
      { action: 'activate', does: `switch all traffic to ${version}` },
      ...watchSteps(facts),
      ...endWarmRelease(facts),
    ];
  },
};
