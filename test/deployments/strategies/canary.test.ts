import { expect, test } from 'vitest';
import { capabilitiesOf } from '../../../src/config/capabilities.ts';
import { canary } from '../../../src/deployments/strategies/canary.ts';
import { givesTraffic, nameOf, type PlanFacts } from '../../../src/deployments/strategies/types.ts';

const facts: PlanFacts = {
  version: 'new',
  previousVersion: 'old',
  capabilities: capabilitiesOf.process,
  instances: 1,
  validate: ['smoke'],
  strategy: {
    kind: 'canary',
    steps: [10, 50],
    watch: 60_000,
    patience: 0,
    bake: 0,
    analysis: { minRequests: 50 },
  },
};
const names = (change: Partial<PlanFacts> = {}) => canary.plan({ ...facts, ...change }).map(nameOf);

test('each share is watched before the next, and the old release stays warm until the end', () => {
  expect(names()).toEqual([
    'stage',
    'probeCandidate',
    'shift 10%',
    'watchShare 10%',
    'shift 50%',
    'watchShare 50%',
    'activate',
    'verify',
    'validate',
    'bake',
    'retirePrevious',
  ]);
});

test('a first release has nobody to share with', () => {
  expect(names({ previousVersion: undefined })).toEqual([
    'stage',
    'probeCandidate',
    'activate',
    'verify',
    'validate',
    'bake',
  ]);
});

test('from the first share on there is a way back to walk', () => {
  expect(names().filter(givesTraffic)).toEqual(['shift 10%', 'shift 50%', 'activate']);
});
