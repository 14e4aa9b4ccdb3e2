import { describe, expect, test } from 'vitest';
import type { ReportRun } from '../../src/evidence/types.ts';
import { fixture, read } from './reading.ts';

const json = (name: string) => JSON.parse(fixture(name).toString());
const k6 = (report: unknown, run: ReportRun = {}) => read(JSON.stringify(report), { format: 'k6', run });
const summary = json('k6-summary.json');
const exported = json('k6-export.json');
const ms = (value: number, samples = 200) => ({ value, unit: 'ms', samples });

const withMetrics = (report: { metrics: object }, changes: object) => ({
  ...report,
  metrics: { ...report.metrics, ...changes },
});

describe('summaries', () => {
  test('--summary-export: flat, with booleans that say what failed', async () => {
    expect(await read(fixture('k6-export.json'))).toEqual({
      format: 'k6',
      kind: 'metrics',
      conclusive: true,
      problems: [],
      metrics: {
        p50: ms(11),
        p90: ms(20.1),
        p95: ms(30.2),
        mean: ms(12.5),
        min: ms(3.2),
        max: ms(80.5),
        // A "pass" of http_req_failed is a request that failed.
        errorRate: { value: 1, unit: '%', samples: 200 },
        throughput: { value: 19.9, unit: 'req/s', samples: 200 },
        checks: { value: 99, unit: '%', samples: 400 },
      },
      thresholds: { passed: 2, failed: 0, failures: [] },
    });
  });

  test('handleSummary: values below each metric, and what is ok', async () => {
    const { conclusive, metrics, thresholds } = await read(fixture('k6-summary.json'));
    expect(conclusive).toBe(true);
    expect(metrics).toMatchObject({ p95: ms(30.2), p99: ms(60), errorRate: { value: 0, samples: 200 } });
    expect(thresholds).toEqual({ passed: 1, failed: 1, failures: ['http_req_duration: p(99)<50'] });
  });

  test('machine-readable: a list of metrics', async () => {
    const metric = (name: string, values: object) => ({ name, type: 'x', contains: 'default', values });
    const { metrics, conclusive } = await read(
      JSON.stringify({
        config: { duration: 10, execution: 'local' },
        metadata: { generatedAt: '2026-05-01T10:00:00Z', k6Version: '2.0.0' },
        results: {
          checks: { metrics: [metric('checks_succeeded', { rate: 0.5, matches: 2, total: 4 })], results: [] },
          metrics: [
            metric('http_reqs', { count: 100 }),
            metric('http_req_failed', { rate: 0.02, matches: 2, total: 100 }),
            metric('http_req_duration', { avg: 5, min: 1, med: 4, max: 9, 'p(90)': 7, 'p(95)': 8 }),
          ],
        },
        version: '1.0.0',
      }),
    );
    expect(conclusive).toBe(true);
    expect(metrics).toMatchObject({
      p95: ms(8, 100),
      errorRate: { value: 2, unit: '%', samples: 100 },
      throughput: { value: 10, unit: 'req/s', samples: 100 },
      checks: { value: 50, unit: '%', samples: 4 },
    });
  });

  test('before 0.31: nothing tells which requests failed, and the value of a rate is its share of fails', async () => {
    const { http_req_failed: _, ...before } = exported.metrics;
    const checks = { fails: 1, passes: 399, value: 0.0025, thresholds: { 'rate>0.9': false } };
    const { conclusive, metrics, thresholds } = await k6({ ...exported, metrics: { ...before, checks } });
    expect(conclusive).toBe(true);
    expect(metrics?.checks).toEqual({ value: 99.75, unit: '%', samples: 400 });
    expect(metrics).not.toHaveProperty('errorRate');
    expect(thresholds).toEqual({ passed: 2, failed: 0, failures: [] });
  });

  test('of what a script chose to write', async () => {
    const { metrics } = await k6({ metrics: { http_req_duration: { avg: 4, med: 3, 'p(95)': 9 } } });
    expect(metrics).toEqual({
      p50: { value: 3, unit: 'ms' },
      p95: { value: 9, unit: 'ms' },
      mean: { value: 4, unit: 'ms' },
    });
  });

  test('is also known as k6-summary', async () => {
    expect((await read(fixture('k6-export.json'), { format: 'k6-summary' })).metrics?.p95?.value).toBe(30.2);
  });
});

describe('thresholds', () => {
  const rate = (passes: number, fails: number, thresholds: object) => ({
    checks: { passes, fails, value: passes + fails === 0 ? 0 : passes / (passes + fails), thresholds },
  });

  test('true in a flat summary means missed', async () => {
    const { thresholds } = await k6(withMetrics(exported, rate(9, 1, { 'rate>0.95': true })));
    expect(thresholds).toEqual({ passed: 2, failed: 1, failures: ['checks: rate>0.95'] });
  });

  test('the numbers are held against what is said of them', async () => {
    const { thresholds } = await k6(withMetrics(exported, rate(9, 1, { 'rate>0.95': false })));
    expect(thresholds?.failures).toEqual(['checks: rate>0.95']);
  });

  test.each([
    ['a rate', { checks: { passes: 0, fails: 0, value: 0, thresholds: { 'rate>0.95': false } } }],
    [
      'a rate that would be met',
      { checks: { passes: 0, fails: 0, value: 0, thresholds: { 'rate<0.1': false } } },
    ],
    [
      'a trend of a tag',
      {
        'http_req_duration{name:pay}': {
          avg: 0,
          min: 0,
          med: 0,
          max: 0,
          'p(95)': 0,
          thresholds: { 'p(95)<9': false },
        },
      },
    ],
    ['a trend of which one value is shown', { pay: { 'p(95)': 0, thresholds: { 'p(95)<9': false } } }],
    ['a counter that had to rise', { orders: { count: 0, rate: 0, thresholds: { 'count>10': false } } }],
  ])('on no samples prove nothing: %s', async (_what, metrics) => {
    const { conclusive, problems } = await k6(withMetrics(exported, metrics));
    expect(conclusive).toBe(false);
    expect(problems[0]).toContain('rests on no samples');
  });

  test('on a counter that may be 0 hold', async () => {
    const counter = { errors: { count: 0, rate: 0, thresholds: { 'count<10': false } } };
    const { conclusive, thresholds } = await k6(withMetrics(exported, counter));
    expect({ conclusive, passed: thresholds?.passed }).toEqual({ conclusive: true, passed: 3 });
  });

  test('exit code 99 is a missed one, even where the report shows none', async () => {
    const { thresholds } = await k6(exported, { exitCode: 99 });
    expect(thresholds).toMatchObject({ failed: 1, failures: [expect.stringContaining('exit code 99')] });
    expect((await k6(summary, { exitCode: 99 })).thresholds?.failed).toBe(1);
  });
});

describe('points of --out json', () => {
  const metric = (name: string, type: string, thresholds: string[] = []) =>
    JSON.stringify({ type: 'Metric', data: { name, type, contains: 'default', thresholds }, metric: name });
  const point = (name: string, value: number, second = 0) => {
    const time = `2026-05-09T14:34:${10 + second}.625742514+02:00`;
    return JSON.stringify({ metric: name, type: 'Point', data: { time, value, tags: null } });
  };
  const points = (lines: string[]) => read(`${lines.join('\n')}\n`, { format: 'k6' });
  const run = [point('http_reqs', 1), point('http_reqs', 1, 2), point('http_req_duration', 5)];

  test('are summed up as k6 does', async () => {
    const { metrics, thresholds, conclusive } = await read(fixture('k6-points.jsonl'));
    expect(conclusive).toBe(true);
    expect(metrics).toMatchObject({
      p50: ms(16, 4),
      p90: ms(34, 4),
      mean: ms(20.625, 4),
      min: ms(10.5, 4),
      max: ms(40, 4),
      errorRate: { value: 25, unit: '%', samples: 4 },
      throughput: { value: 2, unit: 'req/s', samples: 4 },
    });
    expect(thresholds).toEqual({ passed: 2, failed: 0, failures: [] });
  });

  test('judge thresholds, also on percentiles of their own', async () => {
    const declared = [metric('http_req_duration', 'trend', ['p(99.5)<5', 'max<6']), metric('checks', 'rate')];
    const { thresholds } = await points([...declared, ...run]);
    expect(thresholds).toEqual({ passed: 1, failed: 1, failures: ['http_req_duration: p(99.5)<5'] });
  });

  test('may come without declarations', async () => {
    const { metrics } = await points([...run, point('iterations', 1)]);
    expect(metrics).toMatchObject({ p50: ms(5, 1), throughput: { value: 1, samples: 2 } });
  });

  test.each([
    [
      'a threshold on a metric without points',
      [metric('checks', 'rate', ['rate>0.9']), ...run],
      'rests on no samples',
    ],
    [
      'a threshold that cannot be read',
      [metric('http_reqs', 'counter', ['speed>1']), ...run],
      'nobody has judged the threshold',
    ],
    ['no requests', [metric('http_reqs', 'counter'), point('vus', 1)], 'no HTTP request was made'],
    ['a line that is cut', [...run, '{"metric":"http_re'], 'a line is not JSON'],
    [
      'a point without a value',
      [...run, '{"type":"Point","metric":"a","data":{"time":"2026-05-09"}}'],
      'a point of a without',
    ],
    ['another kind of line', [...run, '{"type":"Other","metric":"a","data":{}}'], 'not a line of k6'],
    ['another kind of metric', [metric('a', 'histogram'), ...run], 'a is of no kind that k6 has'],
    ['null', [...run, 'null'], 'not a line of k6'],
  ])('%s is inconclusive', async (_trap, lines, problem) => {
    const evidence = await points(lines);
    expect(evidence.conclusive).toBe(false);
    expect(evidence.problems.join('\n')).toContain(problem);
  });

  test('that break off are inconclusive', async () => {
    const { conclusive, problems } = await read(run.join('\n'), { format: 'k6' });
    expect({ conclusive, problems }).toEqual({
      conclusive: false,
      problems: ['breaks off in the middle of a line'],
    });
  });
});

test('a time of 0 is no answer, and is not offered', async () => {
  const half = { avg: 4, min: 0, med: 0, max: 9, 'p(90)': 8, 'p(95)': 9 };
  const { metrics } = await k6(withMetrics(exported, { http_req_duration: half }));
  expect(metrics).not.toHaveProperty('p50');
  expect(metrics).not.toHaveProperty('min');
  expect(metrics?.p95).toEqual(ms(9));
});

test.each([
  ['no requests', withMetrics(exported, { http_reqs: { count: 0, rate: 0 } }), 'no HTTP request was made'],
  ['no HTTP', { metrics: { iterations: { count: 5, rate: 1 } } }, 'no HTTP request was made'],
  [
    'no answers',
    withMetrics(exported, {
      http_req_failed: { passes: 200, fails: 0, value: 1 },
      http_req_duration: { avg: 0, min: 0, med: 0, max: 0 },
    }),
    'no request was answered',
  ],
  [
    'a rate that its counts deny',
    withMetrics(exported, { http_req_failed: { passes: 199, fails: 1, value: 0.005 } }),
    'the rate of http_req_failed is 0.005, but 199 of 200 are counted',
  ],
  [
    'thresholds of another shape',
    withMetrics(exported, { checks: { passes: 1, fails: 0, value: 1, thresholds: { 'rate>0.9': 'ok' } } }),
    'not in the format of k6: metrics.checks',
  ],
  [
    'thresholds by another name',
    withMetrics(summary, {
      checks: { type: 'rate', values: { rate: 0 }, limits: { 'rate>1': { ok: false } } },
    }),
    'checks has a part that is not known here: limits',
  ],
  [
    'thresholds in the shape of another summary',
    withMetrics(summary, { checks: { type: 'rate', values: { rate: 0 }, thresholds: { ok: false } } }),
    'the thresholds of checks are in the shape of another summary',
  ],
  [
    'a time less than nothing',
    withMetrics(exported, { http_req_duration: { avg: -1, med: 1, max: 2 } }),
    'mean is less than nothing: -1',
  ],
  ['another shape', { metrics: [] }, 'not in the format of k6: metrics'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await k6(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
