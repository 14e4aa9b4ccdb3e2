import { expect, test } from 'vitest';
import { gateFailuresAmong } from '../../src/operations/gate-failures.ts';
import { type RehearsalRecord, rehearsalsAmong } from '../../src/operations/rehearsals.ts';

let minute = 0;
function record(given: Partial<RehearsalRecord>): RehearsalRecord {
  minute += 1;
  const requestedAt = new Date(Date.parse('2026-11-01T00:00:00Z') + minute * 60_000).toISOString();
  const id = `dep-${minute}`;
  return {
    id,
    environment: 'staging',
    kind: 'deploy',
    state: 'deployed',
    commit: 'c2',
    requestedAt,
    ...given,
  };
}
const back = (of: RehearsalRecord, reason: string) =>
  record({ kind: 'rollback', commit: 'c1', rollbackOf: of.id, reason });

test('back and forward again is a rehearsal', () => {
  const bad = record({ state: 'rolledBack' });
  const rollback = back(bad, 'rehearsal');
  expect([...rehearsalsAmong([bad, rollback, record({})])]).toEqual([rollback.id, bad.id]);
});

test.each<[string, (bad: RehearsalRecord) => RehearsalRecord[]]>([
  ['what was needed', (bad) => [back(bad, 'users complain'), record({})]],
  ['what only says so, and stayed away', (bad) => [back(bad, 'rehearsal')]],
  ['what was followed by a fix', (bad) => [back(bad, 'rehearsal'), record({ commit: 'c3' })]],
  ['what came forward elsewhere', (bad) => [back(bad, 'rehearsal'), record({ environment: 'production' })]],
  ['what was not done', (bad) => [{ ...back(bad, 'rehearsal'), state: 'failed' }, record({})]],
])('%s is none', (_what, rest) => {
  const bad = record({ state: 'rolledBack' });
  expect([...rehearsalsAmong([bad, ...rest(bad)])]).toEqual([]);
});

test('a gate that is asked again about the same commit counts once, for each requirement that failed', () => {
  const gate = (commit: string, ...requirements: [string, 'pass' | 'fail' | 'inconclusive'][]) => ({
    environment: 'staging',
    commit,
    verdict: requirements.some(([, verdict]) => verdict === 'fail') ? 'fail' : 'inconclusive',
    requirements: requirements.map(([name, verdict]) => ({ name, verdict })),
  });
  expect(
    gateFailuresAmong([
      gate('a', ['unit', 'fail'], ['review', 'inconclusive']),
      gate('a', ['unit', 'fail'], ['scan', 'fail']),
      gate('b', ['scan', 'fail'], ['unit', 'pass']),
      gate('c', ['review', 'inconclusive']),
    ]),
  ).toEqual([
    { check: 'scan', count: 2 },
    { check: 'unit', count: 1 },
  ]);
});
