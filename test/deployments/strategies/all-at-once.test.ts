import { expect, test } from 'vitest';
import { capabilitiesOf } from '../../../src/config/capabilities.ts';
import { allAtOnce } from '../../../src/deployments/strategies/all-at-once.ts';
import type { PlanFacts } from '../../../src/deployments/strategies/types.ts';

const facts: PlanFacts = {
  version: 'new',
  previousVersion: 'old',
  capabilities: capabilitiesOf.process,
  instances: 1,
  validate: ['smoke'],
  strategy: { kind: 'allAtOnce', patience: 0, bake: 3_000 },
};
const actions = (change: Partial<PlanFacts> = {}) =>
  allAtOnce.plan({ ...facts, ...change }).map(({ action }) => action);

test('switches at once, ends the old release, and proves the new one', () => {
  expect(actions()).toEqual(['stage', 'activate', 'retirePrevious', 'verify', 'validate', 'bake']);
});

test('a first release has nothing to end, a target without staging has nothing to stage', () => {
  expect(actions({ previousVersion: undefined })).toEqual([
    'stage',
    'activate',
    'verify',
    'validate',
    'bake',
  ]);
  expect(actions({ capabilities: capabilitiesOf.command, validate: [] })).toEqual([
    'activate',
    'verify',
    'bake',
  ]);
});

test('a target that copies first does so before anything is switched, and has nothing to end', () => {
  expect(actions({ capabilities: capabilitiesOf.ssh, validate: [] })).toEqual([
    'stage',
    'activate',
    'verify',
    'bake',
  ]);
});
