import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

test('counts events, and pending tests by the sums', async () => {
  const { format, conclusive, problems, tests } = await read(fixture('mocha-stream.jsonl'));
  expect({ format, conclusive, problems }).toEqual({
    format: 'mocha-json-stream',
    conclusive: true,
    problems: [],
  });
  expect(tests).toEqual({
    passed: 2,
    failed: 1,
    errored: 1,
    skipped: 1,
    flaky: 1,
    failures: [
      {
        name: 'orders refuses an empty order',
        message: 'AssertionError: expected 422, got 200',
        file: '/app/test/orders.spec.js',
      },
      { name: 'exports "before all" hook for "exports"', message: 'no database' },
    ],
  });
});

const start = '["start",{"total":1}]\n';
const pass = '["pass",{"title":"a","fullTitle":"s a"}]\n';
const end = '["end",{"tests":1,"passes":1,"pending":0,"failures":0}]\n';

test('takes other lines for what the tests print', async () => {
  const { conclusive } = await read(`> mocha\n\n${start}listening\n["a",1]\n${pass}${end}`);
  expect(conclusive).toBe(true);
});

test.each([
  ['no end', start + pass, 'breaks off: the event "end" is missing'],
  ['an end of an earlier run', start + pass + end + start, 'breaks off'],
  ['a broken event', `${start}["pass",{"title":"a\n${end}`, 'not a whole event: ["pass"'],
  ['no tests', `${start}["end",{"tests":0,"passes":0}]\n`, 'no test was run'],
  ['only pending tests', `${start}["end",{"tests":1,"pending":1}]\n`, 'all 1 tests were skipped'],
  ['passes left out', `${start}${pass}["end",{"passes":2}]\n`, '2 passes are declared'],
  [
    'an event that is none of the two',
    `${start}${pass}[["fail",{"title":"b"}]]\n${end.replace(':1', ':2')}`,
    '2 tests were run',
  ],
  ['failures left out', `${start}${pass}["end",{"passes":1,"failures":1}]\n`, '1 failures are declared'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await read(report, { format: 'mocha-json-stream' });
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
