import * as z from 'zod';
import { jsonFormat } from './json-report.ts';
import { loadEvidence } from './load.ts';
import { Unreadable } from './unreadable.ts';

const count = z.int().min(0);
const measured = z.number().min(0);

/**
 * autocannon's JSON result (its README, "API", "result object"; v1 to v8). autocannon has no 95th percentile, so
 * there is no `p95`; the 97.5th, the 99.9th and the mean are missing before v3 and v4.
 */
export const autocannon = jsonFormat({
  name: 'autocannon',
  kind: 'metrics',
  title: 'autocannon',
  detect: (head) => ['"latency"', '"requests"', '"non2xx"'].every((key) => head.includes(key)),
  schema: z.object({
    latency: z.object({
      p50: measured,
      p90: measured,
      p97_5: measured.optional(),
      p99: measured,
      p99_9: measured.optional(),
      mean: measured.optional(),
      average: measured.optional(),
      min: measured.optional(),
      max: measured,
      totalCount: count.optional(),
    }),
    requests: z.object({
      mean: measured.optional(),
      average: measured.optional(),
      total: count,
    }),
    errors: count,
    timeouts: count,
    mismatches: count.default(0),
    non2xx: count,
    '2xx': count.optional(),
  }),
  interpret({ latency, requests, '2xx': good, ...failures }) {
    // Some versions time good answers only, and do not say how many these were.
    const samples = latency.totalCount ?? good ?? Math.max(0, requests.total - failures.non2xx);
    if (requests.total === 0) throw new Unreadable('no request was answered');
    if (samples === 0) throw new Unreadable('no answer was measured: the latencies rest on no samples');
    // `errors` includes the timeouts already; a wrong body (`mismatches`) may also be a wrong status.
    const unanswered = Math.max(failures.errors, failures.timeouts);
    return loadEvidence('autocannon', {
      latencies: { ...latency, mean: latency.mean ?? latency.average },
      measured: samples,
      requests: {
        // Not all that were sent: those in flight at the end were neither answered nor given up.
        sent: requests.total + unanswered,
        failed: unanswered + failures.mismatches + failures.non2xx,
      },
      throughput: { value: requests.mean ?? requests.average, answers: requests.total },
    });
  },
});
