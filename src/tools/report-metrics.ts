import * as z from 'zod';
import { parseDurationMs } from '../config/values.ts';
import { DevopsError } from '../errors.ts';
import { reportMetrics as report } from '../operations/metrics.ts';
import { defineTool } from './define.ts';

const ratio = z.object({ count: z.int(), of: z.int(), percent: z.number().optional() });
const times = z.object({ count: z.int(), medianMs: z.number().optional() });

export const reportMetrics = defineTool({
  name: 'reportMetrics',
  title: 'Report delivery metrics',
  effect: 'read',
  description: 'The five DORA figures with their counts, failure patterns and step durations.',
  input: z.strictObject({
    window: z.string().default('30d').describe('e.g. 24h, 7d'),
    environment: z.string().optional(),
  }),
  output: z.object({
    window: z.object({ from: z.string(), to: z.string() }),
    deploymentFrequency: z.object({ count: z.int(), perDay: z.number() }),
    leadTimeForChanges: times,
    changeFailureRate: ratio,
    failedDeploymentRecoveryTime: times,
    deploymentReworkRate: ratio,
    failurePatterns: z.array(z.object({ code: z.string(), count: z.int() })),
    /** Commits that a requirement kept out of an environment. */
    gateFailures: z.array(z.object({ check: z.string(), count: z.int() })),
    stepDurations: z.array(
      z.object({ step: z.string(), count: z.int(), p50Ms: z.number(), p95Ms: z.number() }),
    ),
  }),
  async run({ window, environment }, context) {
    const windowMs = parseDurationMs(window);
    if (windowMs === undefined || windowMs === 0) {
      throw new DevopsError('INVALID_ARGUMENTS', `window: "${window}" is not a duration`, {
        remedy: 'Write it like 24h, 7d or 30d.',
      });
    }
    return report(await context.project(), { windowMs, environment });
  },
  render(result) {
    const percent = ({ count, of, percent: share }: z.output<typeof ratio>) =>
      share === undefined ? `none (0 of ${of})` : `${share}% (${count} of ${of})`;
    const median = ({ count, medianMs }: z.output<typeof times>) =>
      medianMs === undefined ? 'nothing measured' : `${Math.round(medianMs / 1_000)} s median of ${count}`;
    return [
      `Deployments: ${result.deploymentFrequency.count} (${result.deploymentFrequency.perDay} a day)`,
      `Lead time for changes: ${median(result.leadTimeForChanges)}`,
      `Change failure rate: ${percent(result.changeFailureRate)}`,
      `Failed deployment recovery time: ${median(result.failedDeploymentRecoveryTime)}`,
      `Deployment rework rate: ${percent(result.deploymentReworkRate)}`,
      ...(result.failurePatterns.length > 0
        ? [`Failures: ${result.failurePatterns.map(({ code, count }) => `${code} ${count}`).join(', ')}`]
        : []),
      ...(result.gateFailures.length > 0
        ? [
            `Kept out by gates: ${result.gateFailures.map(({ check, count }) => `${check} ${count}`).join(', ')}`,
          ]
        : []),
    ].join('\n');
  },
});
