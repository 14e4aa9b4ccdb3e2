import { expect, test } from 'vitest';
import { controlsOf } from '../../src/audit/report/controls.ts';
import type { ChangeFact, RecordFacts } from '../../src/audit/report/facts.ts';

const change: ChangeFact = {
  id: 'dep-1',
  environment: 'staging',
  kind: 'deploy',
  state: 'deployed',
  commit: 'a'.repeat(40),
  at: '2026-11-26T05:00:00.000Z',
  began: true,
  taskId: true,
  gate: 'pass',
  overrides: [],
  reviewed: true,
  signed: ['sam@shop.example'],
  unverified: [],
  approvalsAsked: true,
  artifact: true,
  provenance: true,
  verified: true,
  sealed: true,
};
const facts: RecordFacts = {
  project: 'shop',
  since: '2026-11-01',
  until: '2026-11-26',
  changes: [change],
  chain: 'intact',
  entries: 9,
  policy: { approvedBy: 'sam@shop.example', level: 'signed', weaker: [], changes: 0 },
  environments: [{ name: 'staging', requirements: ['unit'] }],
  overrides: [],
  erasures: 0,
  undelivered: 0,
  attestedChecks: [],
};
const standingOf = (start: string, change: Partial<RecordFacts>) =>
  controlsOf({ ...facts, ...change }).find(({ asks }) => asks.startsWith(start))?.standing;

test('what never happened is no evidence', () => {
  const reason = 'the generator is down';
  const override = { environment: 'staging', requirement: 'load', by: 'sam', at: change.at, reason };
  expect(standingOf('Emergency changes', {})).toBe('notApplicable');
  expect(standingOf('Emergency changes', { overrides: [override] })).toBe('evidenced');

  const refused: ChangeFact = { ...change, id: 'dep-2', state: 'failed', began: false };
  const rolledBack: ChangeFact = { ...change, id: 'dep-3', state: 'rolledBack' };
  const unproven: ChangeFact = { ...change, id: 'dep-4', verified: false };
  const takenBack = (one: ChangeFact) => standingOf('Changes can be taken back', { changes: [change, one] });
  expect(takenBack(refused)).toBe('notApplicable');
  expect(takenBack(rolledBack)).toBe('evidenced');
  expect(takenBack(unproven)).toBe('partly');
});
