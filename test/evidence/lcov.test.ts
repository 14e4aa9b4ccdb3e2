import { describe, expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

const lcov = (report: string) => read(report, { format: 'lcov' });
const record = (...lines: string[]) => `TN:\nSF:a.js\n${lines.join('\n')}\nend_of_record\n`;

test('counts lines, functions and branches over all files', async () => {
  expect(await read(fixture('lcov.info'))).toEqual({
    format: 'lcov',
    kind: 'coverage',
    conclusive: true,
    problems: [],
    coverage: { lines: 500 / 7, functions: 200 / 3, branches: 50 },
  });
});

describe('counts as the tool does', () => {
  test.each([
    ['without counters', record('DA:1,1', 'DA:2,0'), { lines: 50 }],
    [
      'CRLF and a byte order mark',
      `\uFEFF${record('DA:1,1', 'DA:2,0').replaceAll('\n', '\r\n')}`,
      { lines: 50 },
    ],
    ['no test names, and comments', '# made by hand\nSF:a.js\nDA:1,1\nend_of_record', { lines: 100 }],
    ['a line twice, counted twice', record('DA:1,0', 'DA:1,1', 'DA:2,1', 'LF:3', 'LH:2'), { lines: 200 / 3 }],
    ['a line twice, counted once', record('DA:1,0', 'DA:1,1', 'DA:2,0', 'LF:2', 'LH:1'), { lines: 50 }],
    ['negative counts', record('DA:1,-3', 'DA:2,1', 'LF:2', 'LH:1'), { lines: 50 }],
    [
      'two records of one file',
      `${record('DA:1,1', 'DA:2,0', 'LF:2', 'LH:1')}${record('DA:1,0', 'DA:2,5', 'LF:2', 'LH:1')}`,
      { lines: 100 },
    ],
    [
      'functions of lcov 2.2, one with two names',
      record('FNL:0,1,4', 'FNA:0,0,a', 'FNA:0,2,b', 'FNL:1,9', 'FNF:2', 'FNH:1', 'DA:1,1'),
      { lines: 100, functions: 50 },
    ],
    [
      'functions with the last line, one of which was never called',
      record('FN:1,4,a', 'FN:6,9,b(x,y)', 'FNDA:1,a', 'FNF:2', 'FNH:1', 'DA:1,1'),
      { lines: 100, functions: 50 },
    ],
    [
      'branches never reached',
      record('BRDA:1,e0,0,-', 'BRDA:1,e0,1,2', 'DA:1,1'),
      { lines: 100, branches: 50 },
    ],
    [
      'functions that are counted otherwise: the worse',
      record('FN:1,a', 'FNDA:1,a', 'FNF:2', 'FNH:1', 'DA:1,1'),
      { lines: 100, functions: 50 },
    ],
    [
      'ignored lines that node:test counts as found and hit',
      record('DA:1,1', 'DA:2,0', 'LH:5', 'LF:6'),
      { lines: 50 },
    ],
    [
      'nested functions that llvm-cov counts twice: the worse',
      'SF:a.rs\nDA:1,1\nDA:2,0\nDA:3,1\nDA:4,1\nBRF:0\nBRH:0\nLF:6\nLH:4\nend_of_record\n',
      { lines: 200 / 3 },
    ],
    ['extensions', record('VER:1', 'MCDC:1,2', 'DA:1,1'), { lines: 100 }],
  ])('%s', async (_trap, report, coverage) => {
    const evidence = await lcov(report);
    expect(evidence.problems).toEqual([]);
    expect(evidence.coverage).toEqual(coverage);
  });
});

test.each([
  ['no lines', record('LF:0', 'LH:0'), 'no line that could be covered was found'],
  ['no records', 'TN:\n', 'it holds no record'],
  ['nothing', '', 'the report is empty'],
  [
    'a record without the counters that others have',
    record('DA:1,1', 'LF:1', 'LH:1') + record('DA:1,1').replace('a.js', 'b.js'),
    '1 of 2 records do not say how many lines they hold (LF)',
  ],
  ['cut inside a record', 'SF:a.js\nDA:1,1\n', 'breaks off inside the record of a.js'],
  [
    'a record without an end',
    'SF:a.js\nDA:1,1\nSF:b.js\nDA:1,1\nend_of_record\n',
    'the record of a.js has no end',
  ],
  ['lines declared, none listed', record('LF:9', 'LH:9'), 'declares 9 lines, 9 of them hit, but lists 0'],
  [
    'more declared than listed',
    record('DA:1,1', 'LF:9', 'LH:5'),
    'declares 9 lines, 5 of them hit, but lists 1',
  ],
  ['more listed than declared', record('DA:1,1', 'DA:2,0', 'LF:1', 'LH:1'), 'declares 1 lines'],
  ['another hit than declared', record('DA:1,1', 'DA:2,1', 'LF:2', 'LH:1'), 'a.js: declares 2 lines'],
  [
    'a far higher number in a file of llvm-cov',
    record('DA:1,1', 'LF:9', 'LH:5').slice(4),
    'declares 9 lines',
  ],
  ['a count that is none', record('DA:1,many'), 'no count in DA:1,many'],
  ['a count that is missing', record('DA:1'), 'no count in DA:1'],
  ['a line that is none', record('DA:x,1'), 'no number in DA:x,1'],
  ['something else', 'hello', 'not a line of lcov: hello'],
  ['an entry outside of a record', 'DA:1,1\n', 'outside of any record'],
  ['an end without a record', 'end_of_record\n', 'an end_of_record without its record'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await lcov(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});
