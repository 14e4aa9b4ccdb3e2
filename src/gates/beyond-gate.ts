import type { EnvironmentConfig } from '../config/schema.ts';
import type { RequirementResult } from './types.ts';

/**
 * What a person may decide about a commit besides the requirements of its gate: that it goes in spite of the calendar,
 * and that a watch which saw too little does not matter. Pure.
 */
export function requirementsBeyondGate({ freeze, strategy }: EnvironmentConfig): RequirementResult[] {
  return [
    ...(freeze.length === 0
      ? []
      : [
          {
            name: 'freeze',
            verdict: 'inconclusive' as const,
            required: 'no freeze window is closed',
            observed: freeze
              .map(({ from, to, timezone }) => `frozen from ${from} to ${to} (${timezone})`)
              .join(', '),
            reason: 'Deployments wait until the window is over.',
          },
        ]),
    ...(strategy.analysis === undefined
      ? []
      : [
          {
            name: 'analysis',
            verdict: 'inconclusive' as const,
            required: 'enough traffic and samples to judge the release',
            observed: 'known while it is watched',
            reason: 'A release of which too little was seen goes back. What was seen to be bad always does.',
          },
        ]),
  ];
}
