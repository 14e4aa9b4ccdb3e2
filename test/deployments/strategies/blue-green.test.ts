import { expect, test } from 'vitest';
import { capabilitiesOf } from '../../../src/config/capabilities.ts';
import { blueGreen } from '../../../src/deployments/strategies/blue-green.ts';
import type { PlanFacts } from '../../../src/deployments/strategies/types.ts';

const facts: PlanFacts = {
  version: 'new',
  previousVersion: 'old',
  capabilities: capabilitiesOf.process,
  instances: 1,
  validate: [],
  strategy: { kind: 'blueGreen', patience: 0, bake: 30_000 },
};
const actions = (change: Partial<PlanFacts> = {}) =>
  blueGreen.plan({ ...facts, ...change }).map(({ action }) => action);

test('proves the release before it gets traffic, and keeps the old one warm until the watch is over', () => {
  expect(actions()).toEqual(['stage', 'probeCandidate', 'activate', 'verify', 'bake', 'retirePrevious']);
});

test('a first release leaves nothing to retire', () => {
  expect(actions({ previousVersion: undefined })).not.toContain('retirePrevious');
});

test('the old release is never ended before the last proof', () => {
  const plan = actions({ validate: ['smoke'] });
  expect(plan.indexOf('retirePrevious')).toBe(plan.length - 1);
});
