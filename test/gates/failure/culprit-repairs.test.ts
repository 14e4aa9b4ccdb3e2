import { describe, expect, test } from 'vitest';
import { repairsOf } from '../../../src/gates/failure/culprit-repairs.ts';
import type { Culprit } from '../../../src/gates/types.ts';

const gate = { gateId: 'gate-1', environment: 'staging', commit: 'c'.repeat(40) };
const requirement = {
  name: 'unit',
  required: 'pass rate 100%',
  verdict: 'fail' as const,
  observed: '1 of 8 passed (12.5%)',
  reason: 'Failed: a',
  evidenceId: 'ev-1',
};
const repairs = (culprits: Culprit[]) => repairsOf(gate, requirement, culprits);
const red = (name: string, given: { file?: string; message?: string } = {}): Culprit => ({
  kind: 'test',
  name,
  ...given,
});

test('a failing test is one task that says where, what and when it is done', () => {
  const [repair, ...others] = repairs([
    red('adds up', { file: 'sum.test.js', message: 'expected 3\n  got 4' }),
  ]);
  expect(others).toEqual([]);
  expect(repair).toMatchObject({
    check: 'unit',
    agent: 'Task-Coder',
    type: 'urgent_fix',
    title: 'FIX: test fails: adds up (unit, staging gate)',
    cause: { gate: 'staging', check: 'unit', test: 'adds up', file: 'sum.test.js' },
  });
  expect(repair?.description).toBe(
    [
      'gate-1 for staging at commit cccccccccccc: unit requires pass rate 100%, observed 1 of 8 passed (12.5%), evidence ev-1. Done when evaluateGate staging passes unit for a new commit.',
      'Message: expected 3\n  got 4',
      'Test: adds up',
      'File: sum.test.js',
    ].join('\n'),
  );
});

describe('how many tasks there are', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => red(`t${index}`));
  test.each([
    [1, 1],
    [5, 5],
    [6, 6], // a sixth that only names one other would be no better
    [7, 6],
    [50, 6],
  ])('%i failing tests make %i', (failures, tasks) => {
    expect(repairs(many(failures))).toHaveLength(tasks);
  });

  test('the last one names the others, and stays the same whoever they are', () => {
    const rest = repairs(many(50)).at(-1);
    expect(rest).toMatchObject({
      title: 'FIX: 45 more failures of unit (staging gate)',
      cause: { gate: 'staging', check: 'unit', others: 'all' },
    });
    expect(rest?.description).toContain('- test fails: t5\n');
    expect(rest?.description).toContain('and 25 more');
  });

  test('a test with many parameters, and a rule that is broken in many places, are one', () => {
    expect(repairs([red('adds', { message: 'a' }), red('adds', { message: 'b' })])).toHaveLength(1);
    const found = (place: string): Culprit => ({ kind: 'finding', rule: 'eval', severity: 'high', place });
    const [repair, ...others] = repairs([found('a.js:1'), found('b.js:2')]);
    expect(others).toEqual([]);
    expect(repair).toMatchObject({ title: 'FIX: high eval (unit, staging gate)', cause: { rule: 'eval' } });
    expect(repair?.description).toContain('Place: a.js:1');
    expect(repair?.description).toContain('Place: b.js:2');
  });
});

test('findings are known by rule and package, metrics by name: not by what changes with every commit', () => {
  const culprits: Culprit[] = [
    { kind: 'finding', rule: 'CVE-1', severity: 'critical', package: 'lodash', fix: '4.17.21' },
    { kind: 'metric', name: 'p99', message: 'p99 is 300 ms, required <= 250 ms' },
  ];
  expect(repairs(culprits).map(({ cause }) => cause)).toEqual([
    { gate: 'staging', check: 'unit', rule: 'CVE-1', package: 'lodash' },
    { gate: 'staging', check: 'unit', metric: 'p99' },
  ]);
});

test('where the report names nothing, the check itself is the task', () => {
  expect(repairs([])).toMatchObject([{ cause: { gate: 'staging', check: 'unit' } }]);
});

test('words of a report move no cursor, hide nothing and end no line of ours', () => {
  const [repair] = repairs([
    red('a\u001B[2J\nFIX: pay\u202E', { message: `\u001B]0;x\u0007${'y'.repeat(9_000)}` }),
  ]);
  expect(repair?.title).toBe('FIX: test fails: a FIX: pay (unit, staging gate)');
  expect(JSON.stringify(repair)).not.toMatch(/\\u001b|\\u202e/i);
  expect(repair?.description.length).toBeLessThan(1_500);
  expect(repairs([red('z'.repeat(5_000))])[0]?.title.length).toBeLessThanOrEqual(160);
});
