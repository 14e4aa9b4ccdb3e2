import { describe, expect, test } from 'vitest';
import type { AnalysisLimits } from '../../src/config/schema.ts';
import { parseThreshold, type Threshold } from '../../src/config/values.ts';
import { Watch } from '../../src/deployments/watch.ts';
import { traffic } from './traffic.ts';

const limits: AnalysisLimits = {
  errorRate: parseThreshold('<= 1%') as Threshold,
  p95: parseThreshold('<= 300 ms') as Threshold,
  minRequests: 50,
};
const good = { probe: { healthy: true }, rightVersion: true };
const bad = { probe: { healthy: false, problem: 'answered 503' }, rightVersion: false };

describe('probes', () => {
  test('one bad probe is weather, two in a row are not', () => {
    const watch = new Watch(undefined);
    expect(watch.observe(bad)).toBeUndefined();
    expect(watch.observe(good)).toBeUndefined();
    expect(watch.observe(bad)).toBeUndefined();
    expect(watch.observe(bad)).toContain('503');
  });

  test('one that flaps is not good', () => {
    const watch = new Watch(undefined);
    const seen = [bad, good, bad, good, bad].map((one) => watch.observe(one));
    expect(seen.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined]);
    expect(seen[4]).toContain('3 probes failed');
  });

  test('another version than the new one goes back at once', () => {
    expect(
      new Watch(undefined).observe({ probe: { healthy: true, servedVersion: 'old' }, rightVersion: false }),
    ).toContain('old');
  });
});

describe('analysis', () => {
  test('an error rate counts only after enough requests', () => {
    const watch = new Watch(limits);
    expect(watch.observe({ ...good, traffic: traffic(49, 49) })).toBeUndefined();
    expect(watch.observe({ ...good, traffic: traffic(50, 49) })).toContain('error rate');
  });

  test('errors that rise late show, though they are few in all', () => {
    const watch = new Watch(limits);
    for (let count = 1; count <= 20; count += 1)
      expect(watch.observe({ ...good, traffic: traffic(count * 1_000) })).toBeUndefined();
    expect(watch.observe({ ...good, traffic: traffic(21_000, 100) })).toMatch(/error rate 1\.\d%/);
  });

  test('slow answers go back', () => {
    expect(new Watch(limits).observe({ ...good, traffic: traffic(60, 0, 301) })).toContain('p95 301 ms');
  });

  test('too little traffic proves nothing', () => {
    const watch = new Watch(limits);
    watch.observe({ ...good, traffic: traffic(12) });
    expect(watch.conclude()).toContain('12 of the 50');
    expect(new Watch(limits).conclude()).toContain('0 of the 50');
    expect(new Watch(undefined).conclude()).toBeUndefined();
  });
});
