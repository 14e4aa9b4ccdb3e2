import { describe, expect, test } from 'vitest';
import type { Requirement } from '../../../src/config/schema.ts';
import { parseThreshold } from '../../../src/config/values.ts';
import type { Coverage, Evidence } from '../../../src/evidence/types.ts';
import { judgeEvidence } from '../../../src/gates/judge.ts';

type Part = Partial<Evidence>;

function judge(demand: Record<string, string | number>, evidence: Part, baseline?: Part) {
  const limits = Object.entries(demand).map(([name, limit]) => [
    name,
    typeof limit === 'number' ? limit : parseThreshold(limit),
  ]);
  const whole = (part: Part): Evidence => ({
    format: 'x',
    kind: 'metrics',
    conclusive: true,
    problems: [],
    ...part,
  });
  return judgeEvidence(
    'check',
    Object.fromEntries(limits) as Requirement,
    { id: 'ev-1', evidence: whole(evidence), finishedAt: '', expiresAt: '' },
    { now: new Date('2026-06-01T12:00:00Z'), baseline: baseline && whole(baseline) },
  );
}

const p99 = (value: number, samples?: number): Part => ({
  metrics: { p99: { value, unit: 'ms', ...(samples !== undefined && { samples }) } },
});

describe('a minimum of samples', () => {
  const demand = { p99: '<= 250 ms', minSamples: 50 };

  test.each([
    ['just enough', p99(1, 50), 'pass'],
    ['too few', p99(1, 49), 'inconclusive'],
    ['too few, and over the limit', p99(300, 3), 'inconclusive'],
    ['nobody knows how many', p99(1), 'inconclusive'],
    ['enough, and over the limit', p99(300, 50), 'fail'],
  ] as const)('%s', (_what, evidence, verdict) => {
    expect(judge(demand, evidence).verdict).toBe(verdict);
  });

  test('says what it wants and what suffices', () => {
    expect(judge(demand, p99(1, 3))).toMatchObject({
      required: 'p99 <= 250 ms, at least 50 samples',
      observed: 'p99 1 ms',
      reason: 'p99 rests on 3 samples, required are 50',
      remedy: expect.stringContaining('until p99 rests on at least 50 samples'),
    });
    expect(judge(demand, p99(1)).remedy).toContain('minSamples');
  });
});

describe('comparison with the live release', () => {
  const demand = { p99: '<= 250 ms', comparedToBaseline: '<= +10%' };

  test.each([
    ['exactly as much worse', p99(1.1, 30), p99(1, 30), 'pass'],
    ['worse', p99(112, 30), p99(100, 30), 'fail'],
    ['too few samples here', p99(1, 29), p99(1, 30), 'inconclusive'],
    ['too few samples there', p99(1, 30), p99(1, 29), 'inconclusive'],
    ['nobody knows how many', p99(1), p99(1), 'pass'],
    ['not measured there', p99(1, 30), {}, 'inconclusive'],
  ] as const)('%s', (_what, now, live, verdict) => {
    expect(judge(demand, now, live).verdict).toBe(verdict);
  });

  test('takes the number of samples from the demand where there is one', () => {
    expect(judge({ ...demand, minSamples: 3 }, p99(1, 3), p99(1, 3)).verdict).toBe('pass');
    expect(judge({ ...demand, minSamples: 3 }, p99(1, 3), p99(1)).verdict).toBe('inconclusive');
    expect(judge({ ...demand, minSamples: 90 }, p99(1, 90), p99(1, 89)).verdict).toBe('inconclusive');
  });

  test('says how to measure the live release again', () => {
    const { reason, remedy } = judge(demand, p99(1, 30), p99(1, 2));
    expect(reason).toBe('for the live release, p99 rests on 2 samples, required are 30, to be compared');
    expect(remedy).toContain('call evaluateGate with its commit as ref and run "all"');
  });

  test.each([
    ['<= +10%', 200, 'pass'],
    ['<= +10%', 90, 'pass'],
    ['<= +10%', 89, 'fail'],
    ['>= -10%', 89, 'fail'],
    ['>= -10%', 200, 'pass'],
  ])('what must be high may fall by as much: %s at %s', (comparedToBaseline, value, verdict) => {
    const rate = (value: number): Part => ({
      metrics: { throughput: { value, unit: 'req/s', samples: 99 } },
    });
    const judged = judge({ throughput: '>= 50 req/s', comparedToBaseline }, rate(value), rate(100));
    expect(judged.verdict).toBe(verdict);
    if (verdict === 'fail')
      expect(judged.reason).toContain('-11% against the live release, required >= -10%');
  });

  test('what must be low may rise by as much, however it is written', () => {
    expect(judge({ ...demand, comparedToBaseline: '>= -10%' }, p99(109, 30), p99(100, 30)).verdict).toBe(
      'pass',
    );
    expect(judge({ ...demand, comparedToBaseline: '>= -10%' }, p99(112, 30), p99(100, 30)).verdict).toBe(
      'fail',
    );
  });
});

test('a load test that missed thresholds of its own fails, whatever is demanded', () => {
  const thresholds = { passed: 1, failed: 2, failures: ['http_req_failed: rate<0.01', 'checks: rate>0.9'] };
  expect(judge({ p99: '<= 250 ms' }, { ...p99(1, 99), thresholds })).toMatchObject({
    verdict: 'fail',
    observed: '2 of 3 thresholds of its own missed, p99 1 ms',
    reason: 'the load test missed thresholds of its own: http_req_failed: rate<0.01; checks: rate>0.9',
    remedy: expect.stringContaining('Meet the thresholds'),
  });
  const met = { passed: 3, failed: 0, failures: [] };
  expect(judge({ p99: '<= 250 ms' }, { ...p99(1, 99), thresholds: met }).verdict).toBe('pass');
});

test('every remedy that is needed is told, each once', () => {
  const { remedy = '' } = judge({ p50: '<= 1 ms', p95: '<= 1 ms', p99: '<= 1%' }, p99(1, 99));
  expect(remedy.split('Make the check measure').length).toBe(3);
  expect(judge({ a: '<= 1', b: '<= 1' }, { metrics: { a: { value: 2 }, b: { value: 2 } } }).remedy).toMatch(
    /^Bring the metric within its limit [^.]*\.$/,
  );
});

describe('coverage', () => {
  const covered = (coverage: Coverage): Part => ({ kind: 'coverage', coverage });

  test.each([
    [{ lines: '>= 80%' }, { lines: 80 }, 'pass'],
    [{ lines: '>= 80%' }, { lines: 79.999 }, 'fail'],
    [{ lines: '>= 0.8 ratio' }, { lines: 81 }, 'pass'],
    [{ lines: '>= 80%', branches: '>= 70%' }, { lines: 90, branches: 60 }, 'fail'],
    [{ lines: '>= 80%', branches: '>= 70%' }, { lines: 90 }, 'inconclusive'],
    [{ constructor: '>= 80%' }, { lines: 90 }, 'inconclusive'],
    [{ lines: '>= 80 ms' }, { lines: 90 }, 'inconclusive'],
    [{ lines: '<= 80%' }, { lines: 10 }, 'inconclusive'],
    [{ lines: '>= 0%' }, { lines: 10 }, 'inconclusive'],
    [{ lines: '>= 0.8' }, { lines: 10 }, 'inconclusive'],
    [{ lines: '>= 80' }, { lines: 81 }, 'pass'],
    [{ lines: '== 100%' }, { lines: 100 }, 'pass'],
    [{ lines: '>= 80%', minSamples: 5 }, { lines: 90 }, 'inconclusive'],
  ])('%o on %o is %s', (demand, coverage, verdict) => {
    const judged = judge(demand, covered(coverage));
    expect(judged.verdict).toBe(verdict);
    expect(verdict === 'pass' || judged.remedy).toBeTruthy();
  });

  test('is never shown better than it is', () => {
    expect(judge({ lines: '>= 80%' }, covered({ lines: 79.999 }))).toMatchObject({
      observed: 'lines 79.99%',
      reason: '79.99% of lines are covered, required >= 80%',
    });
  });

  test.each([
    ['>= -1%', 89, 'pass'],
    ['>= -1%', 88.9, 'fail'],
    ['>= -1%', 95, 'pass'],
    ['<= +1%', 89, 'pass'],
    ['<= +1%', 88.9, 'fail'],
    ['>= +0%', 89.9, 'fail'],
  ])('may be %s points of the live release: %s%% after 90%%', (comparedToBaseline, lines, verdict) => {
    const judged = judge({ lines: '>= 50%', comparedToBaseline }, covered({ lines }), covered({ lines: 90 }));
    expect(judged.verdict).toBe(verdict);
    if (lines === 88.9)
      expect(judged.reason).toContain('lines -1.1 points against the live release, required >= -1%');
  });

  test('cannot be compared with what was not measured', () => {
    const demand = { lines: '>= 50%', comparedToBaseline: '>= -1%' };
    expect(judge(demand, covered({ lines: 90 }), covered({})).verdict).toBe('inconclusive');
    expect(judge(demand, covered({ lines: 90 })).verdict).toBe('pass');
  });
});
