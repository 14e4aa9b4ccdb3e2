import { expect, test } from 'vitest';
import { type AuditEntry, ChainVerifier, chainStart, hashOfEntry } from '../../src/audit/chain.ts';
import { canonical, linkOf, readStoredEntry } from '../../src/audit/stored-entry.ts';
import { sha256 } from '../../src/platform/digest.ts';

const facts = {
  position: 1,
  at: '2026-11-26T05:00:00.000Z',
  actor: 'kim (cli)',
  action: 'task.update',
  subject: 'T-1 "quoted" \u2028',
  decision: 'done',
  detail: { z: 1, a: ['\u001b[0m', 'caf\u00e9'], 10: true, 9: null },
};

function stored(entry: AuditEntry, detail: string): { position: number; columns: Uint8Array } {
  const { at, actor, caller, person, action, subject, decision, previous, hash } = entry;
  const optional = (value: unknown) => (value === undefined ? '' : `+${canonical(value)}`);
  const columns = [
    at,
    actor,
    optional(caller),
    optional(person),
    action,
    subject,
    decision,
    detail,
    previous,
    hash,
  ];
  return { position: entry.position, columns: new TextEncoder().encode(columns.join('\0')) };
}
const chained = (given: Omit<AuditEntry, 'previous' | 'hash'>): AuditEntry => ({
  ...given,
  previous: chainStart,
  hash: hashOfEntry(given, chainStart, sha256),
});
const verdict = (row: { position: number; columns: Uint8Array }) =>
  new ChainVerifier(sha256).follow(linkOf(row));

test('an entry is the same from its bytes, as a link and as an object', () => {
  const entry = chained({
    ...facts,
    caller: { kind: 'mcp', user: 'kim', client: 'x 1' },
    person: { name: 'Sam', level: 'signed' },
  });
  const row = stored(entry, canonical(entry.detail));
  expect(readStoredEntry(row)).toEqual(entry);
  expect(verdict(row)).toBeUndefined();
});

test('an entry of the older form, in the order of its keys, still holds, and only as it was written', () => {
  const entry = chained(facts);
  expect(verdict(stored(entry, JSON.stringify(facts.detail)))).toBeUndefined();
  expect(verdict(stored(entry, JSON.stringify(facts.detail, null, 1)))).toBe('its content was changed');
  expect(verdict(stored(entry, JSON.stringify(facts.detail).replace('\\u001b', '\\u001B')))).toBe(
    'its content was changed',
  );
});

test.each(['', '\0', '\0'.repeat(9), '\0'.repeat(10), '\ufffd', '{"a":'.repeat(9)])(
  'bytes that nobody wrote are no entry: %j',
  (text) => {
    const row = { position: 1, columns: new TextEncoder().encode(text) };
    expect(verdict(row)).toBeDefined();
    expect(readStoredEntry(row).position).toBe(1);
    expect(verdict({ position: 1, columns: Uint8Array.of(0xff, 0xfe) })).toBe('its content was changed');
  },
);
