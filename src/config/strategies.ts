import * as z from 'zod';
import { duration, mostGrowth, mostShare, mostTime, timeLimit, trafficShare } from './values.ts';

/** How a release goes live, and what its traffic must show meanwhile. */

const analysis = z
  .strictObject({
    errorRate: mostShare.optional().describe('Share of failed answers, for example `"<= 1%"`.'),
    p95: mostTime.optional().describe('95th percentile of the answer time, for example `"<= 300 ms"`.'),
    p99: mostTime.optional().describe('99th percentile of the answer time.'),
    minRequests: z.int().min(1).default(50).describe('Requests needed before the numbers count.'),
  })
  .describe('Limits on the real traffic of the new release while it is watched.');

const isRising = (shares: readonly number[]) =>
  shares.every((share, index) => index === 0 || share > (shares[index - 1] as number));

const canary = z
  .strictObject({
    kind: z.literal('canary'),
    steps: z
      .array(trafficShare)
      .min(1)
      .refine(isRising, { error: 'must rise from step to step, such as [10%, 50%]' })
      .describe('Shares of the traffic that the release gets one after the other, before it gets all of it.'),
    watch: timeLimit.prefault('1m').describe('How long each share is watched.'),
    patience: duration
      .prefault('10m')
      .describe(
        'How much longer a share is watched that saw too few requests to tell. Then the release goes back.',
      ),
    bake: duration.prefault('30s').describe('How long the release is watched once it has all traffic.'),
    analysis: analysis
      .extend({
        comparedToLive: mostGrowth
          .optional()
          .describe(
            'How much worse than the release before, at the same time, everything named beside it may be: with `"<= +10%"` answer times may be a tenth longer; errors may be a tenth more often, and beyond that only as much as chance explains.',
          ),
      })
      .describe('Limits on the real traffic of the new release, for each share and at the end.'),
  })
  .describe(
    'The release gets a growing share of the traffic, and each share is watched, before it gets all.',
  );

export const strategy = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('allAtOnce'),
        bake: duration.prefault('10s').describe('How long the release is watched after the switch.'),
        analysis: analysis.optional(),
      })
      .describe('The release takes the place of the one before.'),
    z
      .strictObject({
        kind: z.literal('blueGreen'),
        bake: duration
          .prefault('30s')
          .describe('How long the release is watched while the old one stays warm.'),
        analysis: analysis.optional(),
      })
      .describe('The release starts beside the live one and gets the traffic when it is healthy.'),
    canary,
  ])
  .prefault({ kind: 'allAtOnce' })
  .describe('How the release goes there.');
