import { expect, test } from 'vitest';
import { capabilitiesOf } from '../../../src/config/capabilities.ts';
import { rolling } from '../../../src/deployments/strategies/rolling.ts';
import { givesTraffic, nameOf, type PlanFacts } from '../../../src/deployments/strategies/types.ts';

const strategy = { kind: 'rolling' as const, maxUnavailable: 2, watch: 10_000, patience: 0, bake: 0 };
const facts: PlanFacts = {
  version: 'new',
  previousVersion: 'old',
  capabilities: capabilitiesOf.ssh,
  instances: 5,
  validate: [],
  strategy,
};
const names = (change: Partial<PlanFacts> = {}) => rolling.plan({ ...facts, ...change }).map(nameOf);
const advances = (maxUnavailable: number | string, instances: number) =>
  names({ strategy: { ...strategy, maxUnavailable }, instances }).filter(
    (name) => name.startsWith('advance') || name === 'activate',
  );

test('each batch is watched before the next, and the last one is the switch', () => {
  expect(names()).toEqual([
    'stage',
    'advance 2/5',
    'watchBatch 2/5',
    'advance 4/5',
    'watchBatch 4/5',
    'activate',
    'verify',
    'bake',
  ]);
});

test('a share of the instances is rounded down, and one is the least', () => {
  expect(advances('50%', 4)).toEqual(['advance 2/4', 'activate']);
  expect(advances('50%', 5)).toEqual(['advance 2/5', 'advance 4/5', 'activate']);
  expect(advances('10%', 3)).toEqual(['advance 1/3', 'advance 2/3', 'activate']);
  expect(advances('100%', 3)).toEqual(['activate']);
  expect(advances(7, 3)).toEqual(['activate']);
});

test('a first release takes nothing from anybody', () => {
  expect(names({ previousVersion: undefined })).toEqual(['stage', 'activate', 'verify', 'bake']);
});

test('from the first batch on there is a way back to walk', () => {
  expect(names().filter(givesTraffic)).toEqual(['advance 2/5', 'advance 4/5', 'activate']);
});
