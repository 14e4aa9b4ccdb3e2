import * as z from 'zod';
import { jsonFormat } from './json-report.ts';
import { Unreadable } from './unreadable.ts';

const count = z.int().min(0);
const latencyMs = z.number().min(0);

/**
 * autocannon's JSON result (its README, "API", "result object"; v2 to v8). Gives `p50`, `p90`, `p97_5`, `p99`,
 * `mean` and `max` in ms, `errorRate` in % of all requests sent, and `throughput` in req/s.
 * autocannon has no 95th percentile, so there is no `p95`.
 */
export const autocannon = jsonFormat({
  name: 'autocannon',
  kind: 'metrics',
  title: 'autocannon',
  detect: (head) => ['"latency"', '"requests"', '"non2xx"'].every((key) => head.includes(key)),
  schema: z.object({
    latency: z.object({
      p50: latencyMs,
      p90: latencyMs,
      p97_5: latencyMs,
      p99: latencyMs,
      mean: latencyMs,
      max: latencyMs,
      totalCount: count.optional(),
    }),
    requests: z.object({ mean: z.number().min(0), total: count, sent: count.optional() }),
    errors: count,
    timeouts: count,
    mismatches: count.default(0),
    non2xx: count,
  }),
  interpret({ latency: { totalCount, ...latencies }, requests, ...failures }) {
    const samples = totalCount ?? requests.total;
    if (requests.total === 0) throw new Unreadable('no request was answered');
    if (samples === 0) throw new Unreadable('no answer was measured: the latencies rest on no samples');
    // `errors` includes the timeouts already; a wrong body (`mismatches`) may also be a wrong status.
    const unanswered = Math.max(failures.errors, failures.timeouts);
    const failed = unanswered + failures.mismatches + failures.non2xx;
    const sent = Math.max(requests.sent ?? 0, requests.total + unanswered);
    const latency = Object.entries(latencies).map(([name, value]) => [name, { value, unit: 'ms', samples }]);
    return {
      format: 'autocannon',
      kind: 'metrics',
      conclusive: true,
      problems: [],
      metrics: {
        ...Object.fromEntries(latency),
        errorRate: { value: Math.min(100, (failed / sent) * 100), unit: '%', samples: sent },
        throughput: { value: requests.mean, unit: 'req/s', samples: requests.total },
      },
    };
  },
});
