import { expect, test } from 'vitest';
import { detectFormat, evidenceFormats, formatNamed, readEvidence } from '../../src/evidence/index.ts';
import { formatKinds } from '../../src/evidence/names.ts';
import { collectText } from '../../src/evidence/text.ts';
import { fixture, inPieces, read } from './reading.ts';

test.each([
  ['junit.xml', 'junit'],
  ['nested.tap', 'tap'],
  ['jest.json', 'jest'],
  ['autocannon.json', 'autocannon'],
  ['metrics.json', 'metrics'],
  ['scan.sarif', 'sarif'],
  ['npm-audit.json', 'npm-audit'],
  ['npm-audit-v1.json', 'npm-audit'],
  ['trivy.json', 'trivy'],
  ['grype.json', 'grype'],
  ['osv-scanner.json', 'osv-scanner'],
  ['cyclonedx.json', 'cyclonedx'],
  ['cyclonedx.xml', 'cyclonedx'],
  ['lcov.info', 'lcov'],
  ['cobertura.xml', 'cobertura'],
  ['coverage-summary.json', 'istanbul'],
  ['coverage-final.json', 'istanbul'],
  ['k6-export.json', 'k6'],
  ['k6-summary.json', 'k6'],
  ['k6-points.jsonl', 'k6'],
  ['artillery.json', 'artillery'],
  ['lighthouse.json', 'lighthouse'],
  ['wrk.txt', 'wrk'],
  ['mocha.json', 'mocha'],
  ['mocha-stream.jsonl', 'mocha-json-stream'],
  ['playwright.json', 'playwright'],
  ['ctrf.json', 'ctrf'],
  ['results.trx', 'trx'],
  ['go-test.jsonl', 'go-test'],
  ['node-test.jsonl', 'node-test'],
])('%s is detected as %s, and by no other format', (file, name) => {
  const head = fixture(file).toString();
  expect(detectFormat(head)?.name).toBe(name);
  expect(evidenceFormats.filter((format) => format.detect(head)).map((format) => format.name)).toEqual([
    name,
  ]);
});

test.each(['', '   ', 'hello', '{"a":1}', '<coverage/>', 'null'])(
  'nothing is detected in %j',
  async (report) => {
    const { format, conclusive, problems } = await read(report);
    expect({ format, conclusive }).toEqual({ format: 'unknown', conclusive: false });
    expect(problems).toHaveLength(1);
  },
);

test('every format goes by its name, and vitest is another one for jest', () => {
  for (const format of evidenceFormats) expect(formatNamed(format.name)).toBe(format);
  expect(evidenceFormats.map(({ name, kind }) => [name, kind])).toEqual(Object.entries(formatKinds));
  expect(formatNamed('vitest')?.name).toBe('jest');
  expect(formatNamed('constructor')).toBeUndefined();
});

test.each([
  ['junit-xml', 'junit'],
  ['xunit', 'junit'],
  ['jest-json', 'jest'],
  ['vitest-json', 'jest'],
  ['mocha-json', 'mocha'],
  ['playwright-json', 'playwright'],
  ['go', 'go-test'],
  ['gotest', 'go-test'],
  ['node:test', 'node-test'],
  ['mstest', 'trx'],
  ['ctrf-json', 'ctrf'],
])('%s is another name of %s', (alias, name) => {
  expect(formatNamed(alias)?.name).toBe(name);
});

test.each([
  ['Mochawesome', '{"stats":{"tests":1,"passes":1},"results":[]}'],
  ['NUnit', '<?xml version="1.0"?><test-run result="Passed"><test-suite/></test-run>'],
  ['xUnit.net', '<assemblies><assembly total="1"/></assemblies>'],
  ['JSON Lines of something else', '{"Action":1,"Package":"a"}\n{"type":"test","data":{}}\n'],
  ['the schema of CTRF', '{"properties":{"reportFormat":{"const":"CTRF"},"results":{"type":"object"}}}'],
  ['a text about TAP', 'The plan is 1..3, and a test is ok.'],
])('%s is no report of a format that is known', async (_name, report) => {
  expect(await read(report)).toMatchObject({ format: 'unknown', conclusive: false });
});

test('an unknown declared format is inconclusive and names the known ones', async () => {
  const evidence = await read('<testsuite/>', { format: 'junitt' });
  expect(evidence).toMatchObject({ format: 'junitt', conclusive: false });
  expect(evidence.problems[0]).toMatch(/unknown report format "junitt"; known are junit, .*vitest/);
});

test('streams on behind the part that was looked at', async () => {
  const cases = '<testcase name="a test with a name of some length"/>'.repeat(5_000);
  const { tests } = await readEvidence(inPieces(`<testsuite>${cases}</testsuite>`, 1_000));
  expect(tests?.passed).toBe(5_000);
});

test('a report that breaks off while it is read is inconclusive, and is closed', async () => {
  let closed = 0;
  async function* broken(start: string) {
    try {
      yield new TextEncoder().encode(start);
      throw new Error('the disk is gone');
    } finally {
      closed++;
    }
  }
  for (const [start, options] of [
    ['<testsuite><testcase/>', {}],
    [`<testsuite>${' '.repeat(70_000)}`, {}],
    ['{', { format: 'sarif' }],
    ['1..1\n', { format: 'tap' }],
  ] as const) {
    const evidence = await readEvidence(broken(start), options);
    expect(evidence.conclusive).toBe(false);
    expect(evidence.problems[0]).toBe('the report could not be read: the disk is gone');
  }
  expect(closed).toBe(4);
});

test('a report is closed when reading ends early or never begins', async () => {
  let closed = 0;
  async function* endless(start: string) {
    try {
      yield new TextEncoder().encode(start.padEnd(70_000));
      for (;;) yield new TextEncoder().encode(' '.repeat(1_000));
    } finally {
      closed++;
    }
  }
  expect((await readEvidence(endless('hello'))).conclusive).toBe(false);
  expect((await readEvidence(endless('<testsuite/><again/>'))).conclusive).toBe(false);
  expect(closed).toBe(2);
});

test('a report that must be held as a whole has a limit', async () => {
  await expect(collectText(inPieces('x'.repeat(2_000_000), 100_000), 1024 ** 2)).rejects.toThrow(
    'the report is larger than 1 MiB',
  );
  expect(await collectText(inPieces('\uFEFFgrün'))).toBe('grün');
});
