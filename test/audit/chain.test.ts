import { expect, test } from 'vitest';
import { type AuditEntry, ChainVerifier, chainStart, hashOfEntry } from '../../src/audit/chain.ts';
import { sha256 } from '../../src/platform/digest.ts';

function chainOf(length: number): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (let position = 1; position <= length; position += 1) {
    const facts = {
      position,
      at: `t${position}`,
      actor: 'a',
      action: 'x',
      subject: 's',
      decision: 'done',
      detail: { position },
    };
    const previous = entries.at(-1)?.hash ?? chainStart;
    entries.push({ ...facts, previous, hash: hashOfEntry(facts, previous, sha256) });
  }
  return entries;
}

function firstBroken(entries: AuditEntry[]): number | undefined {
  const verifier = new ChainVerifier(sha256);
  return entries.find((entry) => verifier.next(entry) !== undefined)?.position;
}

test('an untouched chain is intact', () => {
  expect(firstBroken(chainOf(20))).toBeUndefined();
});

test('any field of any entry that is changed breaks it there', () => {
  for (let index = 0; index < 5; index += 1) {
    for (const field of ['at', 'actor', 'action', 'subject', 'decision', 'previous', 'hash'] as const) {
      const entries = chainOf(5).map((entry, at) =>
        at === index ? { ...entry, [field]: `${entry[field]}!` } : entry,
      );
      expect(firstBroken(entries), `${field} of ${index + 1}`).toBe(index + 1);
    }
    const detail = chainOf(5).map((entry, at) => (at === index ? { ...entry, detail: {} } : entry));
    expect(firstBroken(detail)).toBe(index + 1);
  }
});

test('an entry that is removed or moved breaks it', () => {
  for (let index = 0; index < 4; index += 1) {
    expect(firstBroken(chainOf(5).toSpliced(index, 1))).toBe(index + 2);
    const moved = chainOf(5);
    [moved[index], moved[index + 1]] = [moved[index + 1] as AuditEntry, moved[index] as AuditEntry];
    expect(firstBroken(moved)).toBeDefined();
  }
});
