import canonicalize from 'canonicalize';

/**
 * The hash chain of the audit trail. Each entry's hash covers its content and the hash before it (canonical JSON,
 * RFC 8785), so that changing, removing or reordering an entry breaks every hash after it. Pure.
 */

export interface AuditFacts {
  position: number;
  /** ISO 8601 UTC. */
  at: string;
  actor: string;
  action: string;
  subject: string;
  decision: string;
  detail: Record<string, unknown>;
}

export interface AuditEntry extends AuditFacts {
  previous: string;
  hash: string;
}

/** What the first entry names as its predecessor. */
export const chainStart = '0'.repeat(64);

export function hashOfEntry(facts: AuditFacts, previous: string, sha256: (text: string) => string): string {
  const { position, at, actor, action, subject, decision, detail } = facts;
  return sha256(canonicalize({ position, at, actor, action, subject, decision, detail, previous }) ?? '');
}

/** Follows a chain entry by entry, so that a long one need not be in memory. */
export class ChainVerifier {
  #previous = chainStart;
  #position = 0;
  readonly #sha256: (text: string) => string;

  constructor(sha256: (text: string) => string) {
    this.#sha256 = sha256;
  }

  /** @returns why the entry does not belong here, or undefined when it does */
  next(entry: AuditEntry): string | undefined {
    this.#position += 1;
    if (entry.position !== this.#position) return `entry ${this.#position} is missing`;
    if (entry.previous !== this.#previous) return 'does not continue the entry before it';
    if (entry.hash !== hashOfEntry(entry, entry.previous, this.#sha256)) return 'its content was changed';
    this.#previous = entry.hash;
    return undefined;
  }
}
