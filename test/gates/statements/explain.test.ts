import { expect, test } from 'vitest';
import type { CheckConfig } from '../../../src/config/schema.ts';
import { explainStatements } from '../../../src/gates/statements/explain.ts';
import type { RequirementResult } from '../../../src/gates/types.ts';

const judged: RequirementResult = {
  name: 'unit',
  required: 'pass rate >= 100%',
  verdict: 'inconclusive',
  observed: 'no evidence',
  reason: 'Nobody ran it.',
  remedy: 'Run it.',
};
const explain = (definition: Partial<CheckConfig>, refusals: string[] = [], stored?: object) =>
  explainStatements(judged, {
    definition: definition as CheckConfig,
    stored: stored as Parameters<typeof explainStatements>[1]['stored'],
    refusals,
    commit: 'abc',
  });
const by = { attestedBy: { producer: 'ci', principal: 'ci@shop.example' } };

test('says nothing where nobody attests', () => {
  expect(explain({ run: 'x' }, ['forged'])).toBe(judged);
});

test('names whose word it is', () => {
  expect(explain({ run: 'x', attestedBy: ['ci'] }, [], by).observed).toBe(
    'no evidence (attested by ci: ci@shop.example)',
  );
  expect(explain({ run: 'x', attestedBy: ['ci'] }, [], {}).observed).toBe('no evidence');
});

test('a check that can be run keeps its remedy; what does not count is told', () => {
  expect(explain({ run: 'x', attestedBy: ['ci'] }, ['forged'])).toMatchObject({
    remedy: 'Run it.',
    reason: 'Nobody ran it. Not counted: forged',
  });
});

test('a check without a command says exactly what would count', () => {
  expect(explain({ attestedBy: ['ci', 'backup'] })).toMatchObject({
    observed: 'no valid statement',
    reason: expect.stringContaining('only a statement that ci or backup signed counts'),
    remedy: expect.stringMatching(/devops-engineer attest unit .* commit abc.*git fetch origin refs\/notes/),
  });
  const statement: CheckConfig['statement'] = { kind: 'provenance', builders: ['b'] };
  expect(explain({ attestedBy: ['ci'], statement }).remedy).toMatch(
    /a statement of the kind provenance about commit abc and its artifact .* notes --ref=devops-evidence append/,
  );
});

test('of many refusals it shows some', () => {
  const many = Array.from({ length: 8 }, (_, index) => `no ${index}`);
  expect(explain({ attestedBy: ['ci'] }, many).reason).toMatch(/no 0; no 1; no 2; no 3; no 4; and 3 more$/);
});
