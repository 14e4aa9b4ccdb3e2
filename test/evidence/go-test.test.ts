import { expect, test } from 'vitest';
import { fixture, read } from './reading.ts';

test('counts every test with an outcome, and lists a failure where it happened', async () => {
  expect(await read(fixture('go-test.jsonl'))).toEqual({
    format: 'go-test',
    kind: 'tests',
    conclusive: true,
    problems: [],
    tests: {
      passed: 1,
      failed: 2,
      errored: 0,
      skipped: 1,
      flaky: 0,
      failures: [
        {
          name: 'shop/orders > TestCreate/empty',
          message: 'orders_test.go:14: expected 422, got 200',
        },
      ],
    },
  });
});

type Event = [action: string, test?: string, output?: string];

function events(...all: Event[]): string {
  const lines = all.map(([Action, Test, Output]) =>
    JSON.stringify({ Action, Package: 'shop', Test, Output }),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function go(report: string) {
  return read(report, { format: 'go' });
}

test.each([
  [
    'test2json without a package',
    '{"Action":"run","Test":"TestA"}\n{"Action":"pass","Test":"TestA"}\n{"Action":"pass"}\n',
    { passed: 1 },
  ],
  [
    'the same test several times',
    events(['run', 'TestA'], ['pass', 'TestA'], ['run', 'TestA'], ['fail', 'TestA'], ['fail']),
    { passed: 1, failed: 1 },
  ],
  [
    'a package that fails outside of its tests',
    events(['run', 'TestA'], ['pass', 'TestA'], ['output', undefined, 'main exits with 2\n'], ['fail']),
    { passed: 1, errored: 1 },
  ],
  ['a test without an end in a package that passes', events(['run', 'TestA'], ['pass']), { errored: 1 }],
  [
    'a panic, and the tests around it',
    events(['run', 'TestA'], ['run', 'TestA/b'], ['output', 'TestA/b', 'panic: boom\n'], ['fail']),
    { errored: 2 },
  ],
  [
    'a benchmark, which proves nothing',
    events(
      ['run', 'TestA'],
      ['pass', 'TestA'],
      ['run', 'BenchmarkA'],
      ['run', 'BenchmarkB'],
      ['bench', 'BenchmarkB'],
      ['pass'],
    ),
    { passed: 1 },
  ],
  [
    'an end swallowed by a line without one',
    events(['run', 'TestA'], ['run', 'TestA/b'], ['run', 'TestA/b/c'], ['pass', 'TestA'], ['pass']),
    { passed: 3 },
  ],
  [
    'an end swallowed in a test that fails',
    events(['run', 'TestA'], ['run', 'TestA/b'], ['fail', 'TestA'], ['fail']),
    { failed: 1, errored: 1 },
  ],
  [
    'a package without tests beside one with',
    `${events(['run', 'TestA'], ['pass', 'TestA'], ['pass'])}{"Action":"skip","Package":"docs"}\n`,
    { passed: 1 },
  ],
  [
    'what others print between the events',
    `go: downloading x\n# shop\n${events(['run', 'TestA'], ['pass', 'TestA'], ['attr', 'TestA'], ['pass'])}exit status 0\n`,
    { passed: 1 },
  ],
  [
    'a build that failed, before Go 1.24',
    `# b\nb/b.go:3:1: syntax error\nFAIL\tb [build failed]\n${events(['run', 'TestA'], ['pass', 'TestA'], ['pass'])}`,
    { passed: 1, errored: 1 },
  ],
])('%s', async (_trap, report, expected) => {
  const { conclusive, problems, tests } = await go(report);
  expect(problems).toEqual([]);
  expect(conclusive).toBe(true);
  expect(tests).toMatchObject({ passed: 0, failed: 0, errored: 0, skipped: 0, ...expected });
});

test('a build that failed is an error with what the compiler said, and counts once', async () => {
  const { conclusive, tests } = await go(
    [
      '{"ImportPath":"shop [shop.test]","Action":"build-output","Output":"# shop\\n"}',
      '{"ImportPath":"shop [shop.test]","Action":"build-output","Output":"shop/a.go:3:1: undefined: x\\n"}',
      '{"ImportPath":"shop [shop.test]","Action":"build-fail"}',
      '{"Action":"start","Package":"shop"}',
      '{"Action":"output","Package":"shop","Output":"FAIL\\tshop [build failed]\\n"}',
      '{"Action":"fail","Package":"shop","FailedBuild":"shop [shop.test]"}',
      '{"ImportPath":"lonely","Action":"build-fail"}',
      '',
    ].join('\n'),
  );
  expect(conclusive).toBe(true);
  expect(tests).toMatchObject({ passed: 0, errored: 2 });
  expect(tests?.failures).toEqual([
    { name: 'shop', message: '# shop\nshop/a.go:3:1: undefined: x' },
    { name: 'lonely', message: 'the build failed' },
  ]);
});

test('keeps the last words of a test, and the first of a panic', async () => {
  const { tests } = await go(
    events(
      ['run', 'TestLoud'],
      ...Array.from({ length: 500 }, (): Event => ['output', 'TestLoud', `${'x'.repeat(50)}\n`]),
      ['output', 'TestLoud', '    a_test.go:9: not equal\n'],
      ['output', 'TestLoud', '--- FAIL: TestLoud (0.00s)\n'],
      ['fail', 'TestLoud'],
      ['run', 'TestPanics'],
      ['output', 'TestPanics', 'panic: boom\n'],
      ...Array.from({ length: 500 }, (): Event => ['output', 'TestPanics', 'goroutine 7 [running]\n']),
      ['fail', 'TestPanics'],
      ['fail'],
    ),
  );
  expect(tests?.failures[0]?.message).toMatch(/a_test\.go:9: not equal$/);
  expect(tests?.failures[1]?.message).toMatch(/^panic: boom\ngoroutine/);
});

test.each([
  [
    'a package without an end',
    events(['run', 'TestA'], ['pass', 'TestA']),
    'breaks off: shop did not come to an end',
  ],
  ['a test without an end', events(['start'], ['run', 'TestA']), 'breaks off: shop did not come to an end'],
  [
    'an event that breaks off',
    `${events(['run', 'TestA'], ['pass', 'TestA'], ['pass'])}{"Action":"fa`,
    'not a whole event',
  ],
  ['JSON of something else', '{"a":1}\n', 'not a whole event: {"a":1}'],
  [
    'no tests',
    events(['start'], ['output', undefined, '?   \tshop\t[no test files]\n'], ['skip']),
    'no test was run',
  ],
  ['only skipped tests', events(['run', 'TestA'], ['skip', 'TestA'], ['pass']), 'all 1 tests were skipped'],
  ['only benchmarks', events(['run', 'BenchmarkA'], ['bench', 'BenchmarkA'], ['pass']), 'no test was run'],
  ['nothing', '', 'the report is empty'],
])('%s is inconclusive', async (_trap, report, problem) => {
  const evidence = await go(report);
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain(problem);
});

test('a report that begins tests without end is refused before it fills the memory', async () => {
  const begun = Array.from({ length: 102_000 }, (_, number) => `{"Action":"run","Test":"Test${number}"}\n`);
  const { problems } = await go(begun.join(''));
  expect(problems[0]).toBe('more than 100000 tests and builds that do not end');
});
