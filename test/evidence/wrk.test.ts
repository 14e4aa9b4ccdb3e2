import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

const good = fixture('wrk.txt').toString();
const wrk = (report: string) => read(report, { format: 'wrk' });

test('gives latencies in ms, errors of all kinds and throughput', async () => {
  const ms = (value: number) => ({ value, unit: 'ms', samples: 990 });
  expect(await read(good)).toEqual({
    format: 'wrk',
    kind: 'metrics',
    conclusive: true,
    problems: [],
    metrics: {
      p50: ms(0.95),
      p90: ms(2.64),
      p99: ms(1_000),
      mean: ms(2.42),
      max: ms(1_020),
      // Ten socket errors and ten bad statuses.
      errorRate: { value: 2, unit: '%', samples: 1000 },
      throughput: { value: 99, unit: 'req/s', samples: 990 },
    },
  });
});

test('wrk2: only the corrected distribution counts', async () => {
  const { metrics } = await read(
    `Running 30s test @ http://127.0.0.1:80/index.html
  2 threads and 100 connections
  Thread calibration: mean lat.: 9747 usec, rate sampling interval: 21 msec
  Thread Stats   Avg      Stdev     99%   +/- Stdev
    Latency     6.46ms    1.93ms  12.34ms   67.66%
    Req/Sec     1.05k     1.12k    2.50k    64.84%
  Latency Distribution (HdrHistogram - Recorded Latency)
 50.000%    6.67ms
 99.000%   11.18ms
 99.900%    1.21m 
100.000%    1.30m

  Detailed Percentile spectrum:
       Value   Percentile   TotalCount 1/(1-Percentile)
       0.921     0.000000            1         1.00
#[Mean    =        5.678, StdDeviation   =        1.9]
  Latency Distribution (HdrHistogram - Uncorrected Latency (measured without taking delayed starts into account))
 50.000%    1.67ms
 99.000%    2.18ms
  60,018 requests in 30.00s, 19.81MB read
Requests/sec:   2,000.28
Transfer/sec:    676.18KB
`,
    { format: 'wrk2' },
  );
  expect(metrics).toMatchObject({
    mean: { value: 6.46 },
    p50: { value: 6.67 },
    p99: { value: 11.18 },
    p99_9: { value: 72_600 },
    errorRate: { value: 0, samples: 60_018 },
    throughput: { value: 2_000.28 },
  });
  expect(metrics).not.toHaveProperty('max');
});

test('without --latency there are no percentiles, and what is not a number is not there', async () => {
  const { metrics } = await wrk(
    good
      .replace(/ {2}Latency Distribution\n( .*%.*\n)+/, '')
      .replace('2.42ms  391.63us   1.02s    88.34%', '-nan -nan -nan -nan%'),
  );
  expect(Object.keys(metrics ?? {})).toEqual(['errorRate', 'throughput']);
});

test('is found behind the command line that was typed', async () => {
  expect((await read(`$ wrk -d10s http://127.0.0.1:8080/\n\n${good}`)).format).toBe('wrk');
});

test.each([
  [
    'no requests',
    good.replace('990 requests', '0 requests').replace('88.34%', '-nan%'),
    'no request was answered',
  ],
  ['cut off', good.slice(0, good.indexOf('Requests/sec')), 'breaks off before the end of the run'],
  [
    'cut inside the last number',
    good.slice(0, good.indexOf('99.00\n') + 4),
    'breaks off before the end of the run',
  ],
  [
    'cut inside the last line',
    good.slice(0, good.indexOf('561.07KB') + 5),
    'breaks off before the end of the run',
  ],
  ['more requests than numbers go', good.replace('990', '9'.repeat(400)), 'rests on Infinity samples'],
  ['two runs', good + good, '2 runs in one report'],
  ['another text', 'hello\n', 'not what wrk prints'],
  ['a number that is none', good.replace('990 requests', '99,0 requests'), 'no number in: 99,0 requests'],
  ['errors without a number', good.replace(/connect 1.*/, 'many'), 'no number in: Socket errors: many'],
  ['a throughput that is none', good.replace('99.00\n', '-nan\n'), 'no number in: Requests/sec: -nan'],
  ['nothing', '', 'the report is empty'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await wrk(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
