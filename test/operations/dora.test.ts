import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DeliveryRecord, doraFigures } from '../../src/operations/dora.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const start = Date.parse('2026-11-01T00:00:00Z');
const at = (minutes: number) => new Date(start + minutes * minute).toISOString();

let count = 0;
/** A deployment of its own commit, made at `from` minutes, that ran for ten. */
function deployment(from: number, given: Partial<DeliveryRecord> = {}): DeliveryRecord {
  count += 1;
  return {
    id: `dep-${count}`,
    environment: 'production',
    kind: 'deploy',
    state: 'deployed',
    commit: `c${count}`,
    commitAt: at(from - 60),
    startedAt: at(from),
    finishedAt: at(from + 10),
    ...given,
  };
}
const rollback = (from: number, of: DeliveryRecord, given: Partial<DeliveryRecord> = {}) =>
  deployment(from, { kind: 'rollback', rollbackOf: of.id, environment: of.environment, ...given });
const figures = (records: DeliveryRecord[], windowMs = 30 * day) => doraFigures(records, [], windowMs);

test('without deployments there are counts and no figures', () => {
  expect(figures([])).toEqual({
    deploymentFrequency: { count: 0, perDay: 0 },
    leadTimeForChanges: { count: 0 },
    changeFailureRate: { count: 0, of: 0 },
    failedDeploymentRecoveryTime: { count: 0 },
    deploymentReworkRate: { count: 0, of: 0 },
    failurePatterns: [],
    stepDurations: [],
  });
});

describe('deployment frequency', () => {
  test('counts what went live, also when it was taken back later', () => {
    const bad = deployment(100, { state: 'rolledBack' });
    const records = [deployment(0), bad, rollback(200, bad), deployment(300, { state: 'failed' })];
    expect(figures(records, 4 * day).deploymentFrequency).toEqual({ count: 2, perDay: 0.5 });
  });

  test('one deployment in a month is not none', () => {
    expect(figures([deployment(0)]).deploymentFrequency.perDay).toBe(0.033);
  });

  test('what was rolled back before it was proven, is under way or was cancelled did not go live', () => {
    const states = ['rolledBack', 'failed', 'unknown', 'cancelled', 'running', 'baking', 'pending'];
    expect(figures(states.map((state) => deployment(0, { state }))).deploymentFrequency.count).toBe(0);
  });
});

describe('lead time for changes', () => {
  test('is the median from commit to live', () => {
    const records = [10, 20, 400].map((age, index) =>
      deployment(1_000 * (index + 1), { commitAt: at(1_000 * (index + 1) - age) }),
    );
    expect(figures(records).leadTimeForChanges).toEqual({ count: 3, medianMs: 30 * minute });
  });

  test('deploying a commit again is no new change; another environment is', () => {
    const first = deployment(0, { commit: 'same' });
    const again = deployment(5_000, { commit: 'same', commitAt: first.commitAt });
    const staging = deployment(5_000, { commit: 'same', commitAt: first.commitAt, environment: 'staging' });
    expect(figures([again, first]).leadTimeForChanges).toEqual({ count: 1, medianMs: 70 * minute });
    expect(figures([again, first, staging]).leadTimeForChanges.count).toBe(2);
  });

  test('a commit dated after its deployment, or without a date, measures nothing', () => {
    const records = [deployment(0, { commitAt: at(500) }), deployment(0, { commitAt: '' })];
    expect(figures(records).leadTimeForChanges).toEqual({ count: 0 });
  });
});

describe('change failure rate', () => {
  test('counts what failed itself or was taken back, of what began', () => {
    const bad = deployment(100);
    const records = [
      deployment(0),
      bad,
      rollback(200, bad),
      deployment(300, { state: 'rolledBack', failureCode: 'HEALTH_FAILED' }),
      deployment(400, { state: 'unknown' }),
    ];
    expect(figures(records).changeFailureRate).toEqual({ count: 3, of: 4, percent: 75 });
  });

  test.each([
    'GATE_FAILED',
    'GATE_INCONCLUSIVE',
    'APPROVAL_REJECTED',
    'APPROVAL_EXPIRED',
    'FROZEN',
    'WRONG_ORDER',
  ])('a refusal is no failure of a change: %s', (failureCode) => {
    const refused = deployment(0, { state: 'failed', failureCode });
    expect(figures([refused]).changeFailureRate).toEqual({ count: 0, of: 0 });
    expect(figures([{ ...refused, startedAt: undefined }]).changeFailureRate).toEqual({ count: 0, of: 0 });
    expect(figures([refused]).failurePatterns).toEqual([{ code: failureCode, count: 1 }]);
  });

  test('what ended before anything began, or was cancelled, is left out', () => {
    const records = [
      deployment(0, { state: 'failed', startedAt: undefined, failureCode: 'BUILD_FAILED' }),
      deployment(0, { state: 'cancelled' }),
      deployment(0, { state: 'rolledBack', failureCode: 'CANCELLED' }),
    ];
    expect(figures(records).changeFailureRate).toEqual({ count: 0, of: 0 });
  });

  test('a failure belongs to the deployment the rollback names, not to the latest', () => {
    const [old, latest] = [deployment(0), deployment(1_000)];
    const before = figures([old, latest, rollback(2_000, old)]);
    expect(before.changeFailureRate).toEqual({ count: 1, of: 2, percent: 50 });
    expect(before.failedDeploymentRecoveryTime).toEqual({ count: 1, medianMs: 2_010 * minute });
  });

  test('a rollback of nothing known, or one that failed, blames nobody', () => {
    const good = deployment(0);
    const records = [
      good,
      rollback(100, good, { state: 'failed' }),
      rollback(100, good, { rollbackOf: 'dep-long-ago' }),
      rollback(100, good, { rollbackOf: undefined }),
    ];
    expect(figures(records).changeFailureRate).toEqual({ count: 0, of: 1, percent: 0 });
  });
});

describe('failed deployment recovery time', () => {
  test('ends with the deployment itself when it brought the old release back', () => {
    const records = [deployment(0, { state: 'rolledBack' }), deployment(500)];
    expect(figures(records).failedDeploymentRecoveryTime).toEqual({ count: 1, medianMs: 10 * minute });
  });

  test('ends with the next good release of that environment, and no other', () => {
    const failed = deployment(0, { state: 'failed' });
    const elsewhere = deployment(20, { environment: 'staging' });
    const later = [deployment(900), deployment(200)];
    expect(figures([...later, elsewhere, failed]).failedDeploymentRecoveryTime).toEqual({
      count: 1,
      medianMs: 210 * minute,
    });
  });

  test('does not end with a release that was bad too', () => {
    const failed = deployment(0, { state: 'failed' });
    const badToo = deployment(50);
    const records = [failed, badToo, rollback(300, badToo)];
    // 310 minutes and 260: the lower one of two is the median by nearest rank.
    expect(figures(records).failedDeploymentRecoveryTime).toEqual({ count: 2, medianMs: 260 * minute });
  });

  test('is not known while nothing has recovered', () => {
    expect(
      figures([deployment(0), deployment(100, { state: 'unknown' })]).failedDeploymentRecoveryTime,
    ).toEqual({
      count: 0,
    });
  });
});

describe('deployment rework rate', () => {
  test.each(['urgent_fix', 'hotfix', 'bug_fix', 'FIX', 'incident-response'])('%s is rework', (taskType) => {
    expect(figures([deployment(0, { taskType }), deployment(1)]).deploymentReworkRate).toEqual({
      count: 1,
      of: 2,
      percent: 50,
    });
  });

  test.each(['deployment_production', 'prefix_change', 'debugging', '', undefined])(
    '%j is planned',
    (taskType) => {
      expect(figures([deployment(0, { taskType })]).deploymentReworkRate).toEqual({
        count: 0,
        of: 1,
        percent: 0,
      });
    },
  );
});

describe('durations and patterns', () => {
  test('p50 and p95 per step are values that were measured', () => {
    const steps = Array.from({ length: 100 }, (_, index) => ({ step: 'verify', durationMs: 100 - index }));
    const other = { step: 'switch', durationMs: 7 };
    expect(
      doraFigures([], [...steps, other, { step: 'broken', durationMs: Number.NaN }], day).stepDurations,
    ).toEqual([
      { step: 'verify', count: 100, p50Ms: 50, p95Ms: 95 },
      { step: 'switch', count: 1, p50Ms: 7, p95Ms: 7 },
    ]);
  });

  test('failures by code, the most frequent first', () => {
    const codes = ['FROZEN', 'HEALTH_FAILED', 'BUILD_FAILED', 'HEALTH_FAILED', undefined];
    const records = codes.map((failureCode) => deployment(0, { state: 'failed', failureCode }));
    expect(figures(records).failurePatterns).toEqual([
      { code: 'HEALTH_FAILED', count: 2 },
      { code: 'BUILD_FAILED', count: 1 },
      { code: 'FROZEN', count: 1 },
    ]);
  });
});

describe('whatever the records', () => {
  const record: fc.Arbitrary<DeliveryRecord> = fc.record(
    {
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      environment: fc.constantFrom('staging', 'production'),
      kind: fc.constantFrom('deploy', 'rollback'),
      state: fc.constantFrom('deployed', 'rolledBack', 'failed', 'unknown', 'cancelled', 'running'),
      commit: fc.constantFrom('1', '2', '3'),
      commitAt: fc.constantFrom(at(0), at(50), 'never'),
      startedAt: fc.constantFrom(at(10), at(60)),
      finishedAt: fc.constantFrom(at(20), at(70), at(90)),
      rollbackOf: fc.constantFrom('a', 'b', 'c', 'z'),
      failureCode: fc.constantFrom('GATE_FAILED', 'HEALTH_FAILED', 'CANCELLED'),
      taskType: fc.constantFrom('hotfix', 'deployment_staging'),
    },
    { requiredKeys: ['id', 'environment', 'kind', 'state', 'commit', 'commitAt'] },
  );
  const records = fc.uniqueArray(record, { selector: ({ id }) => id, maxLength: 6 });

  test('counts fit each other, ratios have their counts, and nothing is invented', () => {
    fc.assert(
      fc.property(records, (all) => {
        const result = figures(all);
        const { changeFailureRate: failures, deploymentReworkRate: rework } = result;
        expect(failures.of).toBe(rework.of);
        for (const { count, of, percent } of [failures, rework]) {
          expect(count).toBeLessThanOrEqual(of);
          expect(percent === undefined).toBe(of === 0);
          if (percent !== undefined) expect(percent).toBeCloseTo((count / of) * 100, 0);
        }
        for (const { count, medianMs } of [result.leadTimeForChanges, result.failedDeploymentRecoveryTime]) {
          expect(medianMs === undefined).toBe(count === 0);
          if (medianMs !== undefined) expect(medianMs).toBeGreaterThanOrEqual(0);
        }
        expect(result.leadTimeForChanges.count).toBeLessThanOrEqual(result.deploymentFrequency.count);
        expect(result.failedDeploymentRecoveryTime.count).toBeLessThanOrEqual(failures.count);
        const wentWell = all.filter(({ kind, state }) => kind === 'deploy' && state === 'deployed').length;
        expect(failures.of - failures.count).toBeLessThanOrEqual(wentWell);
      }),
    );
  });

  test('their order does not matter', () => {
    fc.assert(
      fc.property(
        records.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        ([all, shuffled]) => {
          expect(figures(shuffled)).toEqual(figures(all));
        },
      ),
    );
  });

  test('a refused deployment changes no figure but the patterns', () => {
    fc.assert(
      fc.property(records, (all) => {
        const refused = deployment(30, { state: 'failed', failureCode: 'GATE_FAILED', startedAt: undefined });
        const { failurePatterns: _before, ...before } = figures(all);
        const { failurePatterns: _after, ...after } = figures([...all, refused]);
        expect(after).toEqual(before);
      }),
    );
  });
});
