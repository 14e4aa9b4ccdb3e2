import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

const good = JSON.parse(fixture('autocannon.json').toString());
const autocannon = (changes: object) =>
  read(JSON.stringify({ ...good, ...changes }), { format: 'autocannon' });

test('gives latencies, error rate and throughput with their samples', async () => {
  const ms = (value: number) => ({ value, unit: 'ms', samples: 997 });
  expect(await read(fixture('autocannon.json'))).toEqual({
    format: 'autocannon',
    kind: 'metrics',
    conclusive: true,
    problems: [],
    metrics: {
      p50: ms(3),
      p90: ms(8),
      p97_5: ms(12),
      p99: ms(20),
      mean: ms(4.1),
      min: ms(1),
      max: ms(80),
      // The timeout is one of the three errors.
      errorRate: { value: 1, unit: '%', samples: 1000 },
      throughput: { value: 199.4, unit: 'req/s', samples: 997 },
    },
  });
});

test('counts wrong bodies as errors, and never more than all', async () => {
  const { metrics } = await autocannon({ mismatches: 997, non2xx: 997 });
  expect(metrics?.errorRate?.value).toBe(100);
});

test('counts what was never answered among the requests sent', async () => {
  const { metrics } = await autocannon({ errors: 997, timeouts: 0, non2xx: 0 });
  expect(metrics?.errorRate).toEqual({ value: 50, unit: '%', samples: 1994 });
});

test('older versions count no latencies: only the good answers have one', async () => {
  const latency = { average: 4.1, min: 1, max: 80, p50: 3, p90: 8, p99: 20 };
  const before = { '2xx': undefined, latency };
  const { metrics } = await autocannon({ ...before, requests: { average: 9, total: 997 } });
  expect(metrics?.mean).toEqual({ value: 4.1, unit: 'ms', samples: 990 });
  const evidence = await autocannon({ ...before, non2xx: 997 });
  expect(evidence.problems).toEqual(['no answer was measured: the latencies rest on no samples']);
});

test.each([
  ['no answers', { requests: { ...good.requests, total: 0 } }, 'no request was answered'],
  ['no latencies', { latency: { ...good.latency, totalCount: 0 } }, 'rest on no samples'],
  ['a missing percentile', { latency: { ...good.latency, p99: null } }, 'latency.p99'],
  ['missing errors', { errors: undefined }, 'not in the format of autocannon: errors'],
])('%s is inconclusive', async (_trap, changes, problem) => {
  const evidence = await autocannon(changes);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
