import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

test('gives the metrics as they are', async () => {
  expect(await read(fixture('metrics.json'))).toEqual({
    format: 'metrics',
    kind: 'metrics',
    conclusive: true,
    problems: [],
    metrics: { p99: { value: 12.5, unit: 'ms', samples: 500 }, errorRate: { value: 0, unit: '%' } },
  });
});

test.each([
  ['no metrics', '{"metrics":{}}', 'nothing was measured'],
  ['null', '{"metrics":{"p99":{"value":null}}}', 'metrics.p99.value'],
  ['a number in quotes', '{"metrics":{"p99":{"value":"12"}}}', 'metrics.p99.value'],
  ['an infinite number', '{"metrics":{"p99":{"value":1e999}}}', 'metrics.p99.value'],
  ['no samples', '{"metrics":{"p99":{"value":0,"samples":0}}}', 'p99 rests on no samples'],
  ['negative samples', '{"metrics":{"p99":{"value":0,"samples":-1}}}', 'metrics.p99.samples'],
  ['a name that is none', '{"metrics":{"p99\\n":{"value":0}}}', 'not in the format of metrics'],
  ['a bare list', '[1]', 'not in the format of metrics'],
  ['text around it', 'done: {"metrics":{"p99":{"value":1}}}', 'it begins with: done:'],
  ['truncated', '{"metrics":{"p99":{"value":12', 'not valid JSON'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await read(report, { format: 'metrics' });
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
