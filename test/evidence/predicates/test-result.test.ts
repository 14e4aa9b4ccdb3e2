import { describe, expect, test } from 'vitest';
import { ask, time } from './asking.ts';

const type = 'https://in-toto.io/attestation/test-result/v0.1';
const configuration = [
  {
    name: '.github/workflows/unit.yml',
    downloadLocation: 'https://shop.example/unit.yml',
    digest: { gitBlob: 'e' },
  },
];
const asked = { statement: { kind: 'testResult', configuration: '.github/workflows/unit.yml' } } as const;
const read = (predicate: object) =>
  ask(type, { result: 'PASSED', configuration, finishedOn: time, ...predicate }, asked);

test('counts what it lists', () => {
  expect(read({ passedTests: ['a', 'b'], warnedTests: ['c'], failedTests: [] })).toMatchObject({
    finishedAt: time,
    proof: {
      evidence: { format: 'test-result', kind: 'tests', conclusive: true, tests: { passed: 3, failed: 0 } },
    },
  });
  expect(read({ result: 'FAILED', passedTests: ['a'], failedTests: ['pays'] })).toMatchObject({
    proof: { evidence: { conclusive: true, tests: { passed: 1, failed: 1, failures: [{ name: 'pays' }] } } },
  });
});

test('knows the configuration by its URI too', () => {
  const by = { statement: { kind: 'testResult', configuration: 'https://shop.example/unit' } } as const;
  const predicate = {
    result: 'PASSED',
    configuration: [{ uri: 'https://shop.example/unit' }],
    passedTests: ['a'],
  };
  expect(ask(type, predicate, by)).toMatchObject({ finishedAt: undefined });
});

describe('proves nothing', () => {
  test.each([
    [{}, 'no test was run'],
    [{ passedTests: [], warnedTests: [], failedTests: [] }, 'no test was run'],
    [{ result: 'FAILED', passedTests: ['a'] }, 'lists no failed test'],
    [{ result: 'PASSED', passedTests: ['a'], failedTests: ['b'] }, 'it says PASSED, but lists 1 failed'],
    [{ result: 'WARNED', failedTests: ['b'] }, 'it says WARNED'],
    [{ result: 'FAILED', passedTests: ['a'], failedTests: ['a'] }, 'lists a as passed and as failed'],
  ])('%o', (predicate, problem) => {
    expect(read(predicate)).toMatchObject({
      proof: { evidence: { conclusive: false, problems: [expect.stringContaining(problem)] } },
    });
  });
});

describe('is refused', () => {
  test.each([
    [{ result: 'GREEN' }, 'result'],
    [{ result: undefined }, 'result'],
    [{ passedTests: 'all' }, 'passedTests'],
    [{ configuration: [] }, 'configuration'],
    [{ configuration: undefined }, 'configuration'],
  ])('%o', (predicate, reason) => {
    expect(() => read({ passedTests: ['a'], ...predicate })).toThrow(reason);
  });

  test('of another configuration: it is meant for another check', () => {
    expect(() => read({ configuration: [{ name: 'lint.yml' }], passedTests: ['a'] })).toThrow(
      expect.objectContaining({ name: 'Misaddressed', message: 'is of the configuration lint.yml' }),
    );
  });
});
