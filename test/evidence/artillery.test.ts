import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

const good = JSON.parse(fixture('artillery.json').toString());
const artillery = (report: unknown) => read(JSON.stringify(report), { format: 'artillery' });
const counters = (changes: object) => ({
  aggregate: { ...good.aggregate, counters: { ...good.aggregate.counters, ...changes } },
});
const classic = {
  scenariosCreated: 100,
  scenariosCompleted: 90,
  requestsCompleted: 90,
  latency: { min: 1.5, max: 80, median: 4.5, p95: 20, p99: null },
  rps: { count: 100, mean: 19.5 },
  scenarioDuration: { min: null, max: null, median: null, p95: null, p99: null },
  errors: { ETIMEDOUT: 10 },
  codes: { 200: 80, 404: 10 },
};

test('version 2: latencies of the answers, errors of the requests; a percentile that is null is missing', async () => {
  const ms = (value: number) => ({ value, unit: 'ms', samples: 94 });
  expect(await read(fixture('artillery.json'))).toEqual({
    format: 'artillery',
    kind: 'metrics',
    conclusive: true,
    problems: [],
    metrics: {
      p50: ms(6),
      p90: ms(14.9),
      p95: ms(20),
      p99: ms(58.6),
      mean: ms(8.4),
      min: ms(2),
      max: ms(61),
      // Six without an answer, four with status 503.
      errorRate: { value: 10, unit: '%', samples: 100 },
      throughput: { value: 20, unit: 'req/s', samples: 94 },
    },
  });
});

test('the first releases of version 2 have longer names', async () => {
  const { metrics } = await artillery({
    aggregate: {
      counters: { 'engine.http.requests': 10, 'engine.http.codes.200': 9, 'engine.http.codes.500': 1 },
      histograms: { 'engine.http.response_time': { median: 5, count: 10 } },
      rates: { 'engine.http.request_rate': 3 },
    },
  });
  expect(metrics).toEqual({
    p50: { value: 5, unit: 'ms', samples: 10 },
    errorRate: { value: 10, unit: '%', samples: 10 },
    throughput: { value: 3, unit: 'req/s', samples: 10 },
  });
});

test('version 1', async () => {
  const { metrics, conclusive } = await artillery({ aggregate: classic, intermediate: [] });
  expect(conclusive).toBe(true);
  expect(metrics).toEqual({
    p50: { value: 4.5, unit: 'ms', samples: 90 },
    p95: { value: 20, unit: 'ms', samples: 90 },
    min: { value: 1.5, unit: 'ms', samples: 90 },
    max: { value: 80, unit: 'ms', samples: 90 },
    errorRate: { value: 20, unit: '%', samples: 100 },
    throughput: { value: 19.5, unit: 'req/s', samples: 90 },
  });
});

test('a JSON text inside the JSON', async () => {
  const text = JSON.stringify(good);
  expect((await read(JSON.stringify(text))).metrics?.p95?.value).toBe(20);
  expect(
    (await artillery([{ event: 'done', report: JSON.stringify(good.aggregate) }])).metrics?.p95?.value,
  ).toBe(20);
});

test('several workers: counters are summed, percentiles are not there', async () => {
  const report = JSON.stringify(good.aggregate);
  const workers = [
    { event: 'workerReady', report },
    { event: 'done', report },
    { event: 'done', report },
  ];
  const { format, metrics } = await read(JSON.stringify(workers));
  expect(format).toBe('artillery');
  expect(metrics).toEqual({
    errorRate: { value: 10, unit: '%', samples: 200 },
    throughput: { value: 40, unit: 'req/s', samples: 188 },
  });
});

test.each([
  ['failed users count', { 'vusers.failed': 30 }, 34],
  ['errors count', { 'errors.Failed capture or match': 20 }, 30],
  ['requests that were never answered count', { 'http.requests': 200 }, 55],
  ['never more than all', { 'errors.ETIMEDOUT': 500 }, 100],
])('errors: %s', async (_what, changes, percent) => {
  expect((await artillery(counters(changes))).metrics?.errorRate?.value).toBe(percent);
});

test.each([
  ['no requests', { aggregate: { counters: { 'vusers.created': 5 } } }, 'no request was sent'],
  [
    'no answers',
    { aggregate: { counters: { 'http.requests': 5, 'errors.ECONNREFUSED': 5 } } },
    'no request was answered',
  ],
  [
    'version 1 without answers',
    { aggregate: { ...classic, requestsCompleted: 0 } },
    'no request was answered',
  ],
  ['a worker that failed', [{ event: 'workerError', report: '{}' }], 'a worker ended with "workerError"'],
  ['no worker', [], 'no worker has reported'],
  [
    'a text that is cut',
    [{ event: 'done', report: '{"counters":{' }],
    'the JSON inside the JSON is not whole',
  ],
  ['another shape', { aggregate: { counters: [] } }, 'not in the format of Artillery JSON'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await artillery(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
