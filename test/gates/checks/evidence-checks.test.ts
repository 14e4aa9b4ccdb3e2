import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Requirement } from '../../../src/config/schema.ts';
import { parseThreshold } from '../../../src/config/values.ts';
import type { Evidence } from '../../../src/evidence/types.ts';
import { judgeEvidence } from '../../../src/gates/judge.ts';
import { overallVerdict } from '../../../src/gates/types.ts';

const limit = (text: string) => parseThreshold(text) as Requirement;
const judge = (demand: Requirement, evidence: Partial<Evidence>, baseline?: Partial<Evidence>) =>
  judgeEvidence(
    'check',
    demand,
    {
      id: 'ev-1',
      evidence: { format: 'x', kind: 'tests', conclusive: true, problems: [], ...evidence },
      finishedAt: '',
      expiresAt: '',
    },
    {
      now: new Date('2026-06-01T12:00:00Z'),
      ...(baseline && {
        baseline: { format: 'x', kind: 'metrics', conclusive: true, problems: [], ...baseline },
      }),
    },
  );
const counts = (passed: number, failed: number, errored = 0, skipped = 0) => ({
  tests: { passed, failed, errored, skipped, flaky: 0, failures: failed > 0 ? [{ name: 'red' }] : [] },
});

describe('pass rate', () => {
  test.each([
    ['100%', counts(10, 0), 'pass'],
    ['100%', counts(9_999, 1), 'fail'],
    ['>= 95%', counts(95, 5), 'pass'],
    ['>= 95%', counts(94, 6), 'fail'],
    ['100%', counts(10, 0, 1), 'fail'],
    ['100%', counts(10, 0, 0, 90), 'pass'],
    ['100%', counts(0, 0, 0, 5), 'inconclusive'],
    ['>= 0%', counts(0, 0), 'inconclusive'],
  ])('%s on %o is %s', (demand, evidence, verdict) => {
    expect(judge(limit(demand), evidence).verdict).toBe(verdict);
  });

  test('never rounds up to 100', () => {
    expect(judge(limit('100%'), counts(9_999, 1)).observed).toContain('99.9%');
  });

  test('names everything that failed before it quotes anything', () => {
    const failures = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({
      name,
      file: 'x.js',
      message: `${name} is red\nat`,
    }));
    const tests = { passed: 1, failed: 6, errored: 1, skipped: 0, flaky: 0, failures };
    const { reason, culprits } = judge(limit('100%'), { tests });
    expect(reason).toBe(
      'Failed: a (x.js); b (x.js); c (x.js); d (x.js); e (x.js); and 2 more.\na: a is red\nb: b is red\nc: c is red',
    );
    expect(culprits).toHaveLength(6);
    expect(culprits?.[0]).toEqual({ kind: 'test', name: 'a', file: 'x.js', message: 'a is red\nat' });
  });
});

describe('severity', () => {
  const found = (findings: Partial<Record<'critical' | 'high' | 'medium' | 'low' | 'unknown', number>>) => ({
    kind: 'findings' as const,
    findings: { critical: 0, high: 0, medium: 0, low: 0, unknown: 0, ...findings },
  });
  test.each([
    ['moderate', found({ medium: 3, low: 9 }), 'pass'],
    ['moderate', found({ high: 1 }), 'fail'],
    ['none', found({}), 'pass'],
    ['none', found({ low: 1 }), 'fail'],
    ['critical', found({ critical: 1 }), 'pass'],
    ['high', found({ unknown: 1 }), 'fail'],
    ['low', { kind: 'findings' as const }, 'inconclusive'],
  ] as const)('at most %s on %o is %s', (maxSeverity, evidence, verdict) => {
    expect(judge({ maxSeverity }, evidence).verdict).toBe(verdict);
  });
});

describe('metric limits', () => {
  const measured = (metrics: Evidence['metrics']) => ({ kind: 'metrics' as const, metrics });
  const limits = (entries: Record<string, string>) =>
    Object.fromEntries(Object.entries(entries).map(([name, text]) => [name, limit(text)])) as Requirement;
  test.each([
    [{ p99: '<= 250 ms' }, measured({ p99: { value: 0.2, unit: 's', samples: 9 } }), 'pass'],
    [{ p99: '<= 250 ms' }, measured({ p99: { value: 251, unit: 'ms', samples: 9 } }), 'fail'],
    [{ p99: '<= 250 ms' }, measured({ p95: { value: 1, unit: 'ms' } }), 'inconclusive'],
    [{ p99: '<= 250 ms' }, measured({ p99: { value: 1, unit: 'ms', samples: 0 } }), 'inconclusive'],
    [{ p99: '<= 250 ms' }, measured({ p99: { value: 1, unit: '%' } }), 'inconclusive'],
    [{ errorRate: '<= 0.1%' }, measured({ errorRate: { value: 0.2, unit: '%', samples: 5 } }), 'fail'],
    [{ p99: '<= 250 ms' }, measured({ p99: { value: Number.NaN, unit: 'ms' } }), 'fail'],
    [{ p99: '<= 250 ms', p95: '<= 1 ms' }, measured({ p99: { value: 300, unit: 'ms' } }), 'fail'],
    [{ constructor: '<= 1' }, measured({}), 'inconclusive'],
  ])('%o on %o is %s', (demand, evidence, verdict) => {
    expect(judge(limits(demand), evidence).verdict).toBe(verdict);
  });

  test('compares with the live release where there is one', () => {
    const demand = limits({ p99: '<= 250 ms', comparedToBaseline: '<= +10%' });
    const now = measured({ p99: { value: 120, unit: 'ms' } });
    expect(judge(demand, now).verdict).toBe('pass');
    expect(judge(demand, now, measured({ p99: { value: 115, unit: 'ms' } })).verdict).toBe('pass');
    expect(judge(demand, now, measured({ p99: { value: 100, unit: 'ms' } })).verdict).toBe('fail');
    expect(judge(demand, now, measured({})).verdict).toBe('inconclusive');
  });
});

describe('any demand', () => {
  const demands = [
    limit('100%'),
    { maxSeverity: 'low' } as Requirement,
    { p99: limit('<= 1 ms') } as Requirement,
  ];

  test('is inconclusive without evidence, on inconclusive evidence and on evidence of another kind', () => {
    for (const demand of demands) {
      expect(judgeEvidence('check', demand, undefined, { now: new Date() }).verdict).toBe('inconclusive');
      expect(judge(demand, { conclusive: false, problems: ['why'] })).toMatchObject({
        verdict: 'inconclusive',
        reason: 'why',
      });
      expect(judge(demand, { kind: 'coverage' }).verdict).toBe('inconclusive');
    }
  });

  test('a verdict that is no pass always says what to do', () => {
    fc.assert(
      fc.property(fc.constantFrom(...demands), fc.nat(3), fc.nat(3), (demand, passed, failed) => {
        const { verdict, remedy } = judge(demand, counts(passed, failed));
        expect(verdict === 'pass' || (remedy ?? '').length > 0).toBe(true);
      }),
    );
  });
});

test('a gate passes only when each requirement does', () => {
  const verdict = fc.constantFrom('pass' as const, 'fail' as const, 'inconclusive' as const);
  fc.assert(
    fc.property(fc.array(verdict), (verdicts) => {
      const overall = overallVerdict(verdicts.map((one) => ({ verdict: one })));
      expect(overall === 'pass').toBe(verdicts.every((one) => one === 'pass'));
      expect(overall === 'fail').toBe(verdicts.includes('fail'));
    }),
  );
});
