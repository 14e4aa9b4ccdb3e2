import { expect, test } from 'vitest';
import { usePocket } from '../e2e/pocket.ts';

const on = usePocket(undefined, { here: true });

test('without deployments there are counts, and no invented percentages', async () => {
  const { data } = await on.agent.call('reportMetrics');
  expect(data.deploymentFrequency).toEqual({ count: 0, perDay: 0 });
  expect(data.changeFailureRate).toEqual({ count: 0, of: 0 });
  expect(data.leadTimeForChanges).toEqual({ count: 0 });
});

test('a deployment counts, a refused one does not', async () => {
  await on.agent.call('deploy', { environment: 'production' });
  await on.agent.call('deploy', { environment: 'staging', waitSeconds: 30 });
  const { data } = await on.agent.call('reportMetrics', { window: '1h' });
  expect(data.deploymentFrequency.count).toBe(1);
  expect(data.changeFailureRate).toEqual({ count: 0, of: 1, percent: 0 });
  expect(data.leadTimeForChanges.medianMs).toBeGreaterThan(0);
  expect(data.failurePatterns).toEqual([{ code: 'GATE_FAILED', count: 1 }]);
  expect(data.stepDurations.map(({ step }: { step: string }) => step)).toContain('verify');
});

test('a window that is no duration is refused', async () => {
  expect((await on.agent.call('reportMetrics', { window: 'soon' })).data.error.code).toBe(
    'INVALID_ARGUMENTS',
  );
  expect((await on.agent.call('reportMetrics', { environment: 'nowhere' })).data.error.code).toBe(
    'UNKNOWN_ENVIRONMENT',
  );
});
