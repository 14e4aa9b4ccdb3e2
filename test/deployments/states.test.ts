import { expect, test } from 'vitest';
import {
  activeStates,
  assertTransition,
  deploymentStates,
  finalStates,
  transitions,
} from '../../src/deployments/states.ts';

test('every state is known, reachable, and either goes on or is final', () => {
  expect(Object.keys(transitions).sort()).toEqual([...deploymentStates].sort());
  const reachable = new Set(Object.values(transitions).flat());
  for (const state of deploymentStates) expect(reachable.has(state) || state === 'pending', state).toBe(true);
  expect([...activeStates, 'waitingForApproval', ...finalStates].sort()).toEqual(
    [...deploymentStates].sort(),
  );
});

test('nothing becomes deployed without being verified', () => {
  const before = deploymentStates.filter((state) => transitions[state].includes('deployed'));
  expect(before.sort()).toEqual(['baking', 'unknown', 'verifying']);
});

test('a step that is not in the table is a bug', () => {
  expect(() => assertTransition('failed', 'deployed')).toThrow();
  expect(() => assertTransition('rolledBack', 'running')).toThrow();
  expect(() => assertTransition('baking', 'baking')).not.toThrow();
});
