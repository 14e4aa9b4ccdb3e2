import { expect, test } from 'vitest';
import { parseThreshold, type Threshold } from '../../src/config/values.ts';
import { worseThanLive } from '../../src/deployments/compared-to-live.ts';
import { traffic } from './traffic.ts';

const comparison = (growth = '<= +10%') => ({
  comparedToLive: parseThreshold(growth) as Threshold,
  compares: { errorRate: true, p95: true, p99: false },
  minRequests: 50,
});

test('as good as the live release is good, however bad that is', () => {
  expect(worseThanLive(traffic(100, 30, 900), traffic(900, 270, 900), comparison())).toBeUndefined();
});

test.each([
  [traffic(1_000, 40), traffic(1_000, 10)],
  [traffic(100, 5), traffic(9_000, 0)],
  [traffic(200, 20), traffic(200, 2)],
])('more errors than chance explains are worse: %j against %j', (release, live) => {
  expect(worseThanLive(release, live, comparison())).toMatch(
    /requests failed, \d+ of \d+ of the live release's/,
  );
});

test.each([
  [traffic(60, 1), traffic(600, 0)],
  [traffic(1_000, 12), traffic(1_000, 10)],
  [traffic(1_000, 0), traffic(1_000, 50)],
])('what chance explains is not: %j against %j', (release, live) => {
  expect(worseThanLive(release, live, comparison())).toBeUndefined();
});

test('a release of the same quality is called worse at most once in a hundred looks', () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const errorsIn = (requests: number) =>
    Array.from({ length: requests }, random).filter((x) => x < 0.02).length;
  const looks = 1_000;
  let wrong = 0;
  for (let i = 0; i < looks; i += 1) {
    if (worseThanLive(traffic(200, errorsIn(200)), traffic(1_800, errorsIn(1_800)), comparison('<= +0%')))
      wrong += 1;
  }
  expect(wrong).toBeLessThanOrEqual(looks / 100);
});

test('an answer time may grow by so much and no more; one without a limit of its own is not compared', () => {
  expect(worseThanLive(traffic(100, 0, 110), traffic(100, 0, 100), comparison())).toBeUndefined();
  expect(worseThanLive(traffic(100, 0, 111), traffic(100, 0, 100), comparison())).toContain(
    'p95 111 ms against 100 ms',
  );
});

test('too few requests of either prove nothing', () => {
  expect(worseThanLive(traffic(49, 49), traffic(1_000), comparison())).toBeUndefined();
  expect(worseThanLive(traffic(1_000, 999), traffic(49), comparison())).toBeUndefined();
});

test('a very large number of errors is counted in time', () => {
  const startedAt = performance.now();
  expect(worseThanLive(traffic(1_000_000, 60_000), traffic(9_000_000, 90_000), comparison())).toBeDefined();
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
