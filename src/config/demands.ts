import * as z from 'zod';
import { exception } from './exceptions.ts';
import { checkoutPath, limit, passRate, type Threshold } from './values.ts';

/** What a gate may demand, as written in `devops.yaml`. A demand that would let everything through is refused. */

export const severities = ['low', 'moderate', 'medium', 'high', 'critical'] as const;

const findingsRequirement = z
  .strictObject({
    maxSeverity: z
      .enum(['none', ...severities])
      .describe('The worst severity that may still be present; `none` allows no finding at all.'),
    exceptions: z
      .array(exception)
      .max(100)
      .optional()
      .describe('Findings that do not count until a day. Those that a verdict rests on are shown in it.'),
    vex: z
      .array(checkoutPath)
      .max(20)
      .optional()
      .describe(
        'VEX files of the commit itself, OpenVEX or CycloneDX in JSON. `not_affected` with a justification and `fixed` excuse a finding for 366 days. Who may commit may write them: `review: approved` has to be demanded too.',
      ),
  })
  .meta({ title: 'limit on findings' });
const isGrowth = ({ relative, unit }: Threshold) => relative && unit === '%';

/** Refused by a rule, not by its type: of several forms that do not fit, zod tells about the one whose types do. */
const sampleCount = z
  .unknown()
  .refine((value) => Number.isInteger(value) && Number(value) >= 1, {
    error: 'must be a whole number of at least 1, such as 50',
  })
  .transform(Number)
  .meta({ title: 'whole number', type: 'integer', minimum: 1 });

const limits = z
  .object({
    comparedToBaseline: limit
      .optional()
      .describe(
        'How much worse than for the live release everything named beside it may be: with `"<= +10%"` what must be low may rise by that, and what must be high fall. Of coverage it is percentage points: `">= -1%"`. Metrics must rest on `minSamples` in both releases; without it on 30, where the report tells.',
      ),
    minSamples: sampleCount
      .optional()
      .describe(
        'On how many samples each metric must rest. On fewer, or where the report does not tell, it proves nothing.',
      ),
  })
  .catchall(limit);

/** Limits on metrics or on coverage, whichever the report of the check contains. */
export type LimitsRequirement = z.output<typeof limits>;

/** The limits of a demand by the name of what they limit, without what stands beside them. */
export function absoluteLimits(demand: LimitsRequirement): [name: string, limit: Threshold][] {
  const { comparedToBaseline: _, minSamples: __, ...others } = demand;
  return Object.entries(others);
}

const limitsRequirement = limits
  .refine((demand) => demand.comparedToBaseline || absoluteLimits(demand).length > 0, {
    error: 'must name at least one metric',
  })
  // A findings limit with a wrong severity must not come to mean a metric of that name.
  .refine((demand) => !Object.hasOwn(demand, 'maxSeverity'), {
    error: 'maxSeverity is no metric: it stands alone and is none, low, moderate, medium, high or critical',
  })
  .refine((demand) => !demand.comparedToBaseline || absoluteLimits(demand).length > 0, {
    error: 'comparedToBaseline compares the other metrics that are named beside it: name at least one',
  })
  .refine(({ comparedToBaseline }) => !comparedToBaseline || isGrowth(comparedToBaseline), {
    error: 'must be relative to the live release, such as "<= +10%"',
    path: ['comparedToBaseline'],
  })
  .refine((demand) => absoluteLimits(demand).every(([, { relative }]) => !relative), {
    error: 'only comparedToBaseline is relative; write the limits of metrics without a sign',
  })
  .meta({ title: 'limits on metrics or coverage' });

export const requirement = z.union([passRate, findingsRequirement, limitsRequirement]).meta({
  description:
    'A pass rate (`100%`, `">= 95%"`) for a check whose report counts tests, `{ maxSeverity: moderate }` for one that lists findings (with dated `exceptions`), limits such as `{ p99: "<= 250 ms" }` for one that measures, and such as `{ lines: ">= 80%" }` (also `branches`, `functions`, `statements`) for one that tells how much is covered.',
});

export const gate = z
  .object({
    review: z
      .literal('approved')
      .optional()
      .describe(
        'This very commit was approved by somebody who is not its author, in a way that `reviews` accepts.',
      ),
    monitoring: z
      .literal('configured')
      .optional()
      .describe(
        'Health and metrics really answer, failures are notified, and an alert rule watches: of `alerts`, or else `strategy.analysis`.',
      ),
    rollback: z
      .literal('verified')
      .optional()
      .describe(
        'The live release can be restored, and a rollback was really done within 90 days: in the environment of `after`, if its target is of the same kind, or here.',
      ),
  })
  .catchall(requirement)
  .describe('What must be proven before a release may enter. Other keys are names of checks.');
