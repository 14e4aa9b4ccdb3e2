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
const metricsRequirement = z
  .record(z.string(), limit)
  .refine((limits) => Object.keys(limits).length > 0, { error: 'must name at least one metric' })
  // A findings limit with a wrong severity must not come to mean a metric of that name.
  .refine((limits) => !Object.hasOwn(limits, 'maxSeverity'), {
    error: 'maxSeverity is no metric: it stands alone and is none, low, moderate, medium, high or critical',
  })
  .refine(({ comparedToBaseline, ...absolute }) => !comparedToBaseline || Object.keys(absolute).length > 0, {
    error: 'comparedToBaseline compares the other metrics that are named beside it: name at least one',
  })
  .refine(({ comparedToBaseline }) => !comparedToBaseline || isGrowth(comparedToBaseline), {
    error: 'must be relative to the live release, such as "<= +10%"',
    path: ['comparedToBaseline'],
  })
  .refine(
    ({ comparedToBaseline: _, ...absolute }) => Object.values(absolute).every(({ relative }) => !relative),
    {
      error: 'only comparedToBaseline is relative; write the limits of metrics without a sign',
    },
  )
  .meta({ title: 'limits on metrics' });

export const requirement = z.union([passRate, findingsRequirement, metricsRequirement]).meta({
  description:
    'A pass rate (`100%`, `">= 95%"`) for a check whose report counts tests, `{ maxSeverity: moderate }` for one that lists findings (with dated `exceptions`), limits such as `{ p99: "<= 250 ms" }` for one that measures.',
});

export const gate = z
  .object({
    review: z
      .literal('approved')
      .optional()
      .describe('The commit was approved by a reviewer who is not its author (`devops-engineer review`).'),
    monitoring: z
      .literal('configured')
      .optional()
      .describe('Health, metrics and a notification channel exist and really answer.'),
    rollback: z.literal('verified').optional().describe('The release to go back to can be restored.'),
  })
  .catchall(requirement)
  .describe('What must be proven before a release may enter. Other keys are names of checks.');
