import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

const good = JSON.parse(fixture('coverage-summary.json').toString());
const counters = JSON.parse(fixture('coverage-final.json').toString());
const istanbul = (report: unknown) => read(JSON.stringify(report), { format: 'istanbul' });
const nothing = { statementMap: {}, s: {}, fnMap: {}, f: {}, branchMap: {}, b: {} };
const none = { total: 0, covered: 0, skipped: 0, pct: 'Unknown' };

test('gives the total of the summary', async () => {
  expect(await read(fixture('coverage-summary.json'))).toEqual({
    format: 'istanbul',
    kind: 'coverage',
    conclusive: true,
    problems: [],
    coverage: { lines: 80, statements: 75, functions: 200 / 3 },
  });
});

test('sums up the counters of all files', async () => {
  const [file] = Object.values(counters);
  const evidence = await istanbul({ a: file, total: file });
  expect(evidence).toMatchObject({ format: 'istanbul', conclusive: true });
  expect(evidence.coverage).toEqual({ lines: 50, statements: 100 / 3, functions: 100, branches: 50 });
});

test.each(['nyc', 'c8', 'coverage-summary', 'istanbul-summary'])('is also known as %s', async (format) => {
  expect((await read(fixture('coverage-summary.json'), { format })).coverage?.lines).toBe(80);
});

test('needs no files, and takes no share of nothing for 100%', async () => {
  const total = { ...good.total, branches: { ...none, pct: 100 } };
  expect((await istanbul({ total })).coverage).toEqual({ lines: 80, statements: 75, functions: 200 / 3 });
});

test.each([
  ['no lines', { total: { ...good.total, lines: none } }, 'no line that could be covered was found'],
  ['no files', {}, 'it holds no file'],
  [
    'more covered than there is',
    { total: { lines: { total: 1, covered: 2, pct: 100 } } },
    '2 of 1 lines are covered',
  ],
  [
    'another percentage',
    { total: { lines: { total: 10, covered: 1, pct: 90 } } },
    '1 of 10 lines are covered, but the total says 90%',
  ],
  [
    'files missing',
    { ...good, '/app/src/pricing.js': undefined },
    'the total counts 8 of 10 lines, its files 4 of 6',
  ],
  ['no total of lines', { total: { branches: none } }, 'total.lines: Invalid input'],
  ['a file of another shape', { total: good.total, a: [] }, 'a: Invalid input'],
  [
    'counters missing',
    { 'a.js': { path: 'a.js', statementMap: {}, fnMap: {}, branchMap: {} } },
    'a.js.s: Invalid input',
  ],
  ['counters of no statement', { 'a.js': { ...nothing } }, 'no line that could be covered was found'],
  [
    'a counter missing',
    { 'a.js': { ...nothing, s: { 0: 1 } } },
    'a.js does not have one counter for each statement, function and branch',
  ],
  ['a list', [], 'not in the format of Istanbul coverage JSON'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await istanbul(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
