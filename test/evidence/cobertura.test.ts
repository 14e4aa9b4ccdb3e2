import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

const cobertura = (report: string) => read(report, { format: 'cobertura' });
const good = fixture('cobertura.xml').toString();
const lines = '<line number="1" hits="1"/><line number="2" hits="0"/>';
const report = (root: string, body = `<class><lines>${lines}</lines></class>`) =>
  `<coverage ${root}><packages><package>${body}</package></packages></coverage>`;

test('gives what the root counts, and the methods', async () => {
  expect(await read(good)).toEqual({
    format: 'cobertura',
    kind: 'coverage',
    conclusive: true,
    problems: [],
    coverage: { lines: 75, branches: 50, functions: 50 },
  });
});

test.each([
  ['a rate alone', report('line-rate="0.5"'), { lines: 50 }],
  [
    'counts rather than the rounded rate',
    report('line-rate="0.5" lines-covered="501" lines-valid="1000"'),
    { lines: 50.1 },
  ],
  ['rates of branches where there are none', report('line-rate="0.5" branch-rate="1"'), { lines: 50 }],
  [
    'no branches at all',
    report('line-rate="0.5" branch-rate="0" branches-covered="0" branches-valid="0"'),
    { lines: 50 },
  ],
  [
    'a rate of branches beside their conditions',
    report(
      'line-rate="1" branch-rate="0.25"',
      '<class><lines><line number="1" hits="1" branch="True" condition-coverage="25% (1/4)"/></lines></class>',
    ),
    { lines: 100, branches: 25 },
  ],
  [
    'lines in methods only, classes right in the package, counts with a fraction',
    report(
      'line-rate="0.5" lines-covered="1.0" lines-valid="2.0" branches-covered="1.0" branches-valid="1.0"',
      `<class><methods><method name="a"><lines>${lines}</lines></method></methods></class>`,
    ),
    { lines: 50, branches: 100, functions: 100 },
  ],
  [
    'a method that was called, by its own words',
    report(
      'line-rate="0.5"',
      `<class><methods><method line-rate="0.5"/><method hits="0"/></methods><lines>${lines}</lines></class>`,
    ),
    { lines: 50, functions: 50 },
  ],
  ['lines a little off', report('line-rate="0.53" lines-covered="53" lines-valid="100"'), { lines: 53 }],
])('%s', async (_trap, text, coverage) => {
  const evidence = await cobertura(text);
  expect(evidence.problems).toEqual([]);
  expect(evidence.coverage).toEqual(coverage);
});

test.each([
  ['no line-rate', good.replace('line-rate="0.75"', ''), 'line-rate is missing'],
  ['NaN', good.replace('line-rate="0.75"', 'line-rate="NaN"'), 'line-rate is NaN'],
  ['a percentage', good.replace('line-rate="0.75"', 'line-rate="75"'), 'line-rate is 75'],
  ['a comma', good.replace('line-rate="0.75"', 'line-rate="0,75"'), 'line-rate is 0,75'],
  [
    'no lines',
    report('line-rate="NaN" lines-valid="0" lines-covered="0"', ''),
    'no line that could be covered was found',
  ],
  [
    'lines declared, none listed',
    report('line-rate="1" lines-valid="9" lines-covered="9"', ''),
    'no line is listed',
  ],
  ['a rate of nothing', report('line-rate="1"', ''), 'no line is listed'],
  [
    'another rate than the counts',
    good.replace('line-rate="0.75"', 'line-rate="0.9"'),
    '3 of 4 lines are covered, but line-rate is 0.9',
  ],
  [
    'another rate than the lines',
    report('line-rate="0.9"'),
    'line-rate is 0.9, but 1 of the 2 lines listed are covered',
  ],
  [
    'more covered than there is',
    good.replace('branches-covered="1"', 'branches-covered="3"'),
    'more is covered than there is: 3 of 2',
  ],
  ['truncated', good.slice(0, -30), 'not whole or not well-formed XML'],
  ['another XML', '<testsuite/>', 'not a Cobertura report: its root is <testsuite>'],
  ['Clover', '<coverage generated="1" clover="4.3.1"><project/></coverage>', 'line-rate is missing'],
  [
    'a DTD of its own',
    `<!DOCTYPE coverage [<!ENTITY a "b">]>${report('line-rate="0.5"')}`,
    'brings its own DTD',
  ],
  ['nothing', '', 'the report is empty'],
])('%s is inconclusive', async (_trap, text, problem) => {
  const evidence = await cobertura(text);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});

test('leaves other reports of the same root to others', async () => {
  for (const other of [
    '<coverage generated="1" clover="4.3.1"/>',
    '<coverage version="1"><file path="a"/></coverage>',
  ]) {
    expect((await read(other)).format).toBe('unknown');
  }
});
