import { watchSteps } from './shared-steps.ts';
import type { Strategy } from './types.ts';

/** The new release is proven beside the old one, which stays warm for an instant way back until the watch is over. */
export const blueGreen: Strategy = {
  kind: 'blueGreen',
  title: 'Blue-green',
  needs: ['stage'],
  plan(facts) {
    const { version, previousVersion } = facts;
    return [
      { action: 'stage', does: `start ${version} beside ${previousVersion ?? 'nothing'}, without traffic` },
      { action: 'probeCandidate', does: `prove ${version} healthy before it gets traffic` },
      { action: 'activate', does: `switch all traffic to ${version}` },
      ...watchSteps(facts),
      ...(previousVersion === undefined
        ? []
        : [
            {
              action: 'retirePrevious' as const,
              does: `end ${previousVersion}, which stayed warm until here`,
            },
          ]),
    ];
  },
};
