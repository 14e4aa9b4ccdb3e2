import canonicalize from 'canonicalize';
import type { AuditEntry } from './chain.ts';

/**
 * From the bytes of the store to an entry. A text can be written in several ways that read the same (an escape in
 * another case, bytes that are no UTF-8): only the one way in which we write it is accepted. Pure.
 */

/** The columns of an entry, as bytes. */
export interface StoredEntry {
  position: number;
  at: Uint8Array;
  actor: Uint8Array;
  caller: Uint8Array | null;
  person: Uint8Array | null;
  action: Uint8Array;
  subject: Uint8Array;
  decision: Uint8Array;
  detail: Uint8Array;
  previous: Uint8Array;
  hash: Uint8Array;
}

export interface ReadEntry {
  entry: AuditEntry;
  /** Why its bytes are not what was written, where they cannot be. */
  fault?: string;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

export function readStoredEntry(row: StoredEntry): ReadEntry {
  const faults: string[] = [];
  const text = (bytes: Uint8Array) => {
    try {
      return strict.decode(bytes);
    } catch {
      faults.push('its bytes are no text');
      return lenient.decode(bytes);
    }
  };
  // Entries without a caller are of an older form, which was written in the order of its keys.
  const write = row.caller === null ? JSON.stringify : canonicalize;
  const parsed = (bytes: Uint8Array): Record<string, unknown> => {
    const written = text(bytes);
    try {
      const value = JSON.parse(written) as Record<string, unknown>;
      if (write(value) !== written) faults.push('its content was written by something else');
      return value;
    } catch {
      faults.push('its content was changed');
      return { unreadable: written };
    }
  };
  const entry: AuditEntry = {
    position: row.position,
    at: text(row.at),
    actor: text(row.actor),
    ...(row.caller !== null && { caller: parsed(row.caller) as unknown as AuditEntry['caller'] & object }),
    ...(row.person !== null && { person: parsed(row.person) as unknown as AuditEntry['person'] & object }),
    action: text(row.action),
    subject: text(row.subject),
    decision: text(row.decision),
    detail: parsed(row.detail),
    previous: text(row.previous),
    hash: text(row.hash),
  };
  return faults[0] === undefined ? { entry } : { entry, fault: faults[0] };
}
