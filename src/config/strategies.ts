import * as z from 'zod';
import { analysis } from './analysis.ts';
import { duration, mostGrowth, timeLimit, trafficShare } from './values.ts';

/** How a release goes live, and what its traffic must show meanwhile. */

const patience = duration
  .prefault('10m')
  .describe(
    'How much longer a release is watched that too little was seen of to tell, while people are asked. Then it goes back.',
  );

/** `2` instances, or `25%` of them. */
const instances = z
  .union([z.int().min(1), z.string().regex(/^([1-9]\d?|100)%$/)], {
    error: 'must be a number of instances such as 2, or a share of them such as 25%',
  })
  .meta({ title: 'instances', examples: [1, '25%'] });

/** How many of `all` instances are meant; a share is rounded down, and one is the least. */
export function instancesOf(written: number | string, all: number): number {
  const wanted =
    typeof written === 'number' ? written : Math.floor((all * Number.parseInt(written, 10)) / 100);
  return Math.min(all, Math.max(1, wanted));
}

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
    patience,
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

const rolling = z
  .strictObject({
    kind: z.literal('rolling'),
    maxUnavailable: instances
      .default(1)
      .describe('Instances that get the release at the same time: a number, or a share such as `25%`.'),
    watch: timeLimit.prefault('10s').describe('How long the service is watched after each batch.'),
    patience,
    bake: duration.prefault('30s').describe('How long the release is watched once it is on all instances.'),
    analysis: analysis.optional(),
  })
  .describe('Instances get the release in batches, each watched before the next one.');

export const strategy = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('allAtOnce'),
        bake: duration.prefault('10s').describe('How long the release is watched after the switch.'),
        patience,
        analysis: analysis.optional(),
      })
      .describe('The release takes the place of the one before.'),
    z
      .strictObject({
        kind: z.literal('blueGreen'),
        bake: duration
          .prefault('30s')
          .describe('How long the release is watched while the old one stays warm.'),
        patience,
        analysis: analysis.optional(),
      })
      .describe('The release starts beside the live one and gets the traffic when it is healthy.'),
    rolling,
    canary,
  ])
  .prefault({ kind: 'allAtOnce' })
  .describe('How the release goes there.');
