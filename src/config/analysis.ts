import * as z from 'zod';
import {
  jsonPath,
  limit,
  mostGrowth,
  mostShare,
  mostTime,
  pattern,
  plainName,
  prometheusUrl,
  timeLimit,
} from './values.ts';

/** What a release must show while it is watched: its traffic, and whatever else can be asked. */

const httpUrl = /^https?:\/\/[^\s#]+$/;

const analysisProbe = z
  .strictObject({
    prometheus: prometheusUrl.optional().describe('Prometheus server that is asked `query`.'),
    query: z
      .string()
      .min(1)
      .optional()
      .describe(
        'PromQL with one value, for example `sum(rate(orders_failed_total{version="{{version}}"}[1m]))`.',
      ),
    url: z
      .string()
      .refine((url) => url.startsWith('/') || httpUrl.test(url), {
        error: 'must be a URL, or a path of the service that begins with a /',
      })
      .optional()
      .describe('JSON document that is asked; a path is one of the release itself.'),
    value: jsonPath
      .optional()
      .describe('Where the number stands in the JSON document, for example `$.queue.depth`.'),
    limit: limit.optional().describe('What the number must be, for example `"<= 100"`.'),
    comparedToLive: mostGrowth
      .optional()
      .describe(
        'How much higher than for the release before, at the same time, it may be. The same is asked with its version in the place of `{{version}}`.',
      ),
    interval: timeLimit.prefault('5s').describe('Pause between two samples.'),
    minSamples: z
      .int()
      .min(1)
      .default(3)
      .describe('Samples with a number that are needed; with fewer the watch proves nothing.'),
    failureLimit: z
      .int()
      .min(0)
      .default(0)
      .describe('Samples beyond the limit that are forgiven, for probes that flap.'),
  })
  .superRefine((probe, context) => {
    const trouble = troubleOf(probe);
    if (trouble !== undefined) context.addIssue({ code: 'custom', message: trouble });
  });

interface Asked {
  prometheus?: string | undefined;
  query?: string | undefined;
  url?: string | undefined;
  value?: string | undefined;
  limit?: unknown;
  comparedToLive?: unknown;
}

function troubleOf({ prometheus, query, url, value, ...probe }: Asked): string | undefined {
  const prom = prometheus !== undefined && query !== undefined && url === undefined && value === undefined;
  const json = url !== undefined && value !== undefined && prometheus === undefined && query === undefined;
  if (!prom && !json) return 'needs prometheus and query, or url and value';
  if (probe.limit === undefined && probe.comparedToLive === undefined) return 'needs limit or comparedToLive';
  if (probe.comparedToLive === undefined || `${query ?? url}`.includes('{{version}}')) return undefined;
  return `comparedToLive needs {{version}} in ${prom ? 'query' : 'url'}: else both releases would be asked the same`;
}

const releaseLog = z
  .strictObject({
    errors: pattern.describe(
      'Lines that count as errors: a regular expression, for example `\\b(ERROR|FATAL)\\b`.',
    ),
    most: z.int().min(0).default(0).describe('How many such lines are still good.'),
  })
  .describe('What the release itself may write while it is watched.');

export const analysis = z
  .strictObject({
    errorRate: mostShare.optional().describe('Share of failed answers, for example `"<= 1%"`.'),
    p95: mostTime.optional().describe('95th percentile of the answer time, for example `"<= 300 ms"`.'),
    p99: mostTime.optional().describe('99th percentile of the answer time.'),
    minRequests: z.int().min(1).default(50).describe('Requests needed before the numbers count.'),
    log: releaseLog.optional(),
    probes: z
      .record(plainName, analysisProbe)
      .optional()
      .describe('Anything else that can be asked, by name: of Prometheus, or of a JSON document.'),
  })
  .describe(
    'Limits on the real traffic of the new release while it is watched, and on what else can be asked.',
  );

export type AnalysisProbe = z.output<typeof analysisProbe>;

/** Whether the analysis makes no sense on a target that counts no traffic: then probes are all there can be. */
export function needsTraffic({ errorRate, p95, p99, probes }: z.output<typeof analysis>): boolean {
  return probes === undefined || [errorRate, p95, p99].some((one) => one !== undefined);
}
