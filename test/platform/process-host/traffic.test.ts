import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TrafficCounter } from '../../../src/platform/process-host/traffic.ts';

test('nothing counted reads as nothing, not as fast', () => {
  expect(new TrafficCounter().read()).toEqual({ requests: 0, errors: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0 });
});

test('percentiles are never too low and at most 5% (of time + 1 ms) too high', () => {
  const durations = fc.array(fc.double({ min: 0, max: 3_600_000, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(durations, (all) => {
      const counter = new TrafficCounter();
      for (const durationMs of all) counter.count({ durationMs, failed: false });
      const sorted = [...all].sort((a, b) => a - b);
      const read = counter.read();
      for (const [percent, value] of [
        [50, read.p50Ms],
        [95, read.p95Ms],
        [99, read.p99Ms],
      ] as const) {
        const exact = sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0;
        expect(value).toBeGreaterThanOrEqual(exact - 0.01);
        expect(value).toBeLessThanOrEqual(exact + (exact + 1) * 0.0501 + 0.01);
      }
    }),
  );
});

test('requests and errors are counted exactly', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean()), (outcomes) => {
      const counter = new TrafficCounter();
      for (const failed of outcomes) counter.count({ durationMs: 1, failed });
      const { requests, errors } = counter.read();
      expect({ requests, errors }).toEqual({
        requests: outcomes.length,
        errors: outcomes.filter(Boolean).length,
      });
    }),
  );
});
