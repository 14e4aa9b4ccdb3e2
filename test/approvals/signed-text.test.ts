import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readOverrideStatement, writeOverrideStatement } from '../../src/approvals/override-statement.ts';
import { readPolicyStatement, writePolicyStatement } from '../../src/approvals/policy-statement.ts';

const policy = {
  project: 'shop',
  decision: 'approve' as const,
  number: 2,
  from: 'sha256:aa',
  to: 'sha256:bb',
  weakenings: ['environments.production.gate.unit: 100% became >= 80%'],
  reason: null,
  at: '2026-11-23T10:00:00.000Z',
  nonce: 'pol-1',
};
const override = {
  project: 'shop',
  environment: 'production',
  requirement: 'load',
  commit: '1f0c3a5',
  policyDigest: 'sha256:aa',
  reason: 'The generator is down.',
  until: '2026-11-24T10:00:00.000Z',
  saw: { verdict: 'fail', observed: 'p99 300 ms' },
  at: '2026-11-23T10:00:00.000Z',
  nonce: 'ovr-7k2m9qx4tb',
};

test('says the same however the facts were put together, and is read back', () => {
  const text = writePolicyStatement(policy);
  expect(text).toMatch(/^devops-engineer policy v1\n\{"at":.*\}\n$/);
  expect(writePolicyStatement(Object.fromEntries(Object.entries(policy).reverse()) as typeof policy)).toBe(
    text,
  );
  expect(readPolicyStatement(text)).toEqual(policy);
  expect(readOverrideStatement(writeOverrideStatement(override))).toEqual(override);
});

test('one kind is not read as another', () => {
  expect(readOverrideStatement(writePolicyStatement(policy))).toBeUndefined();
  expect(readPolicyStatement(writeOverrideStatement(override))).toBeUndefined();
});

test('a text with any other byte is none, or says something else', () => {
  const text = writeOverrideStatement(override);
  fc.assert(
    fc.property(fc.nat(text.length), fc.string({ maxLength: 3 }), fc.nat(2), (at, put, cut) => {
      const other = text.slice(0, at) + put + text.slice(at + cut);
      if (other === text) return;
      const read = readOverrideStatement(other);
      if (read) expect(writeOverrideStatement(read)).toBe(other);
    }),
  );
  for (const other of [
    `${text}x`,
    text.trimEnd(),
    text.replace('{', '{ '),
    text.replace('{', '{"more":1,'),
  ]) {
    expect(readOverrideStatement(other)).toBeUndefined();
  }
});
