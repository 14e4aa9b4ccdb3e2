import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

const good = JSON.parse(fixture('lighthouse.json').toString());
const lighthouse = (report: unknown) => read(JSON.stringify(report), { format: 'lighthouse' });
const run = (score: number | null, lcp: number, requestedUrl = 'http://a/') => ({
  ...good,
  requestedUrl,
  categories: { performance: { score } },
  audits: { 'largest-contentful-paint': { scoreDisplayMode: 'numeric', numericValue: lcp } },
});

test('gives categories and timings, and leaves out what could not be scored', async () => {
  expect(await read(fixture('lighthouse.json'))).toEqual({
    format: 'lighthouse',
    kind: 'metrics',
    conclusive: true,
    problems: [],
    metrics: {
      performance: { value: 93, unit: '%', samples: 1 },
      bestPractices: { value: 100, unit: '%', samples: 1 },
      lcp: { value: 753.02, unit: 'ms', samples: 1 },
      tbt: { value: 0, unit: 'ms', samples: 1 },
      cls: { value: 0.02, samples: 1 },
    },
  });
});

test('of several runs the median counts, and of two the worse', async () => {
  const of = async (...runs: unknown[]) => (await lighthouse(runs)).metrics;
  expect(await of(run(0.9, 100), run(0.29, 300), run(0.95, 200))).toEqual({
    performance: { value: 90, unit: '%', samples: 3 },
    lcp: { value: 200, unit: 'ms', samples: 3 },
  });
  expect(await of(run(0.9, 100), run(0.29, 300))).toEqual({
    performance: { value: 29, unit: '%', samples: 2 },
    lcp: { value: 300, unit: 'ms', samples: 2 },
  });
});

test('of several pages the worst counts', async () => {
  const runs = [run(0.9, 100), run(0.9, 100), run(0.5, 50, 'http://b/')];
  expect((await lighthouse(runs)).metrics).toMatchObject({
    performance: { value: 50, samples: 1 },
    lcp: { value: 100, samples: 2 },
  });
});

test.each([
  ['a list', [good]],
  ['Lighthouse CI', [{ lhr: good }]],
  ['PageSpeed Insights', { lighthouseResult: good }],
])('is found inside of %s', async (_what, report) => {
  const { format, metrics } = await read(JSON.stringify(report));
  expect({ format, lcp: metrics?.lcp?.value }).toEqual({ format: 'lighthouse', lcp: 753.02 });
});

test('the manifest of Lighthouse CI has the scores only', async () => {
  const entry = (performance: number | null) => ({
    url: 'http://a/',
    isRepresentativeRun: false,
    jsonPath: '/a.json',
    summary: { performance, 'best-practices': 1, pwa: null },
  });
  const { format, metrics } = await read(JSON.stringify([entry(0.8), entry(null), entry(0.7)]));
  expect(format).toBe('lighthouse');
  expect(metrics).toEqual({
    performance: { value: 70, unit: '%', samples: 2 },
    bestPractices: { value: 100, unit: '%', samples: 3 },
  });
});

test('older results have a runtime error that is none', async () => {
  const evidence = await lighthouse({ ...good, runtimeError: { code: 'NO_ERROR', message: '' } });
  expect(evidence.conclusive).toBe(true);
});

const failed = { ...good, runtimeError: { code: 'NO_FCP', message: 'The page did not paint.' } };

test.each([
  [
    'a run that failed',
    failed,
    'http://127.0.0.1:8080/ could not be measured: NO_FCP The page did not paint.',
  ],
  ['one failed run of several', [good, failed], 'could not be measured: NO_FCP'],
  [
    'no scores',
    { ...good, categories: { performance: { score: null } }, audits: {} },
    'all scores are empty',
  ],
  ['no runs', [], 'the list of runs is empty'],
  [
    'a score out of range',
    { ...good, categories: { performance: { score: 93 } } },
    '0.categories.performance.score',
  ],
  ['a time less than nothing', run(1, -1), 'largest-contentful-paint is less than nothing: -1'],
  ['another shape', { lighthouseVersion: '12' }, 'not in the format of Lighthouse'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await lighthouse(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
