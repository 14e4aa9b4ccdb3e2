import { expect, test } from 'vitest';
import { parseUnambiguous } from '../../src/evidence/json-text.ts';
import { fixture, read } from './reading.ts';

test.each([
  '{}',
  '[]',
  '"a"',
  '{"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}]}',
  '{"a":"}{\\"","b":"\\\\","c":"a"}',
  '{"a":[1,2,{"b":","}],"b":1}',
  '{"a":{},"b":[],"c":"", "d" : null}',
  '{"a":1,"b":2,"a": 1 }',
])('%s is parsed', (text) => {
  expect(parseUnambiguous(text)).toEqual(JSON.parse(text));
});

test.each([
  '{"a":1,"a":2}',
  '{"x":[{"a":1,"\\u0061":null}]}',
  '{"a":[1],"b":2,"a":[]}',
  '{"a":1,"a":1,"a":3}',
  '{"b":{"c":"a"},"a":{"a":"}"},"a":{}}',
])('%s says "a" twice', (text) => {
  expect(() => parseUnambiguous(text)).toThrow('it says "a" twice: which of them counts?');
});

test.each(['{"__proto__":1}', '[{"a":{"\\u005f_proto__":{}}}]'])('%s would lose a value', (text) => {
  expect(() => parseUnambiguous(text)).toThrow('it has a key "__proto__"');
});

test('a finding in a package of a name that objects have themselves is not lost', async () => {
  const audit = (name: string) =>
    read(`{"auditReportVersion":2,"vulnerabilities":{"${name}":{"severity":"low","via":[]}}}`);
  expect((await audit('constructor')).findings).toMatchObject({ low: 1 });
  expect((await audit('__proto__')).conclusive).toBe(false);
});

test('what is not JSON is a syntax error', () => {
  expect(() => parseUnambiguous('{"a":1,"a"')).toThrow(SyntaxError);
});

/** Another parser, or a person, would read the first. */
test.each([
  ['scan.sarif', '"results": [', '"results": []'],
  ['npm-audit.json', '"vulnerabilities": {', '"vulnerabilities": {}'],
  ['trivy.json', '"Vulnerabilities": [', '"Vulnerabilities": []'],
  ['jest.json', '"status": "failed"', '"status": "passed"'],
])('%s that says two things about the same is inconclusive', async (file, red, green) => {
  const evidence = await read(fixture(file).toString().replace(red, `${green}, ${red}`));
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain('twice: which of them counts?');
});

test.each([
  ['node-test.jsonl', '"type":"test:fail"', '"type":"test:pass"'],
  ['go-test.jsonl', '"Action":"fail"', '"Action":"pass"'],
  ['mocha-stream.jsonl', '"currentRetry":0', '"currentRetry":1'],
  ['k6-points.jsonl', '"value":40', '"value":4'],
])('%s with a line that says two things is inconclusive', async (file, red, green) => {
  const evidence = await read(fixture(file).toString().replace(red, `${red},${green}`));
  expect(evidence.conclusive).toBe(false);
  expect(evidence.problems.join('\n')).toContain('twice: which of them counts?');
});
