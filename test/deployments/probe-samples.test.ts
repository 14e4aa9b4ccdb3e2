import fc from 'fast-check';
import { expect, test } from 'vitest';
import { analysis } from '../../src/config/analysis.ts';
import { ProbeSamples, type SamplePair } from '../../src/deployments/probe-samples.ts';

function samples(change: Record<string, unknown> = {}): ProbeSamples {
  const parsed = analysis.parse({
    probes: { queue: { url: '/stats', value: '$.depth', limit: '<= 100', ...change } },
  });
  return new ProbeSamples('queue', parsed.probes?.queue as never);
}
const value = (release: number, live?: number): SamplePair => ({
  release: { value: release },
  ...(live !== undefined && { live: { value: live } }),
});
const problem = (text: string): SamplePair => ({ release: { problem: text } });

test('enough good samples prove it, too few prove nothing and say what was in the way', () => {
  const probe = samples();
  expect(probe.conclude()).toBe('queue has 0 of the 3 samples that the analysis needs (it was never asked)');
  expect([probe.add(value(5)), probe.add(value(100)), probe.add(problem('/stats answered 500'))]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(probe.conclude()).toBe('queue has 2 of the 3 samples that the analysis needs (/stats answered 500)');
  probe.add(value(0));
  expect(probe.conclude()).toBeUndefined();
});

test('a probe that flaps is forgiven as often as its limit says, not once more', () => {
  expect(samples().add(value(101))).toBe('queue is 101, required <= 100');
  const flapping = samples({ failureLimit: 2 });
  const told = [101, 5, 102, 5, 103].map((one) => flapping.add(value(one)));
  expect(told).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    'queue is 103, required <= 100, 3 samples were, 2 are forgiven',
  ]);
});

test('against the live release at the same time: what both suffer from is no fault of the new one', () => {
  const change = { url: '/stats?v={{version}}', limit: undefined, comparedToLive: '<= +10%' };
  expect(samples(change).add(value(110, 100))).toBeUndefined();
  expect(samples(change).add(value(111, 100))).toBe(
    'queue is 111 against 100 of the live release at the same time, required <= +10%',
  );
  expect(samples(change).add(value(-111, -100))).toBeUndefined();
  const blind = samples(change);
  blind.add({ release: { value: 1 }, live: { problem: 'gone' } });
  expect(blind.conclude()).toContain(
    '0 of the 3 samples that the analysis needs (of the live release: gone)',
  );
});

test('property: nothing but good samples ever concludes well, whatever the order', () => {
  const sample = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constant('down'));
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 10 }), (looks) => {
      const probe = samples();
      for (const look of looks) probe.add(typeof look === 'number' ? value(look) : problem(look));
      const numbers = looks.filter((look) => typeof look === 'number').length;
      expect(probe.conclude() === undefined).toBe(numbers >= 3);
    }),
  );
});
