import * as z from 'zod';
import { prometheusUrl } from './values.ts';

/** Who watches an environment besides us, as written in `devops.yaml`. */
export const alerts = z
  .strictObject({
    prometheus: prometheusUrl.describe(
      'Address of the Prometheus server whose alerting rules watch the environment.',
    ),
    rules: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        'Names of alerting rules, all of which must be there and be evaluated. Without it one is enough.',
      ),
  })
  .describe(
    'Alerting rules that really watch this environment, for `monitoring: configured`. Without them `strategy.analysis` is the rule that watches.',
  );

export type AlertsConfig = z.output<typeof alerts>;
