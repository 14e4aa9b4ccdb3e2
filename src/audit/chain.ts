import canonicalize from 'canonicalize';

/**
 * The hash chain of the audit trail. Each entry's hash covers its content and the hash before it (canonical JSON,
 * RFC 8785), so that changing, removing or reordering an entry breaks every hash after it. Pure.
 */

/** Who called: the local user, and what the client says of itself. */
export interface AuditCaller {
  kind: string;
  user: string;
  client?: string;
}

/** Who decided, where a person did. */
export interface AuditPerson {
  name: string;
  role?: string | null;
  /** `signed`, or `unverified`: somebody at the terminal said so. */
  level: string;
  keyFingerprint?: string | null;
}

export interface AuditFacts {
  position: number;
  /** ISO 8601 UTC. */
  at: string;
  /** `caller` in words. */
  actor: string;
  /** Missing in entries of an older form. */
  caller?: AuditCaller;
  person?: AuditPerson;
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

/** The canonical JSON that the hash of an entry is of; what is not there does not enter it. */
export function contentOfEntry(facts: AuditFacts, previous: string): string {
  const { position, at, actor, caller, person, action, subject, decision, detail } = facts;
  const content = { position, at, actor, caller, person, action, subject, decision, detail, previous };
  return canonicalize(content) ?? '';
}

export function hashOfEntry(facts: AuditFacts, previous: string, sha256: (text: string) => string): string {
  return sha256(contentOfEntry(facts, previous));
}

/** Follows a chain entry by entry, so that a long one need not be in memory. */
export class ChainVerifier {
  #previous: string | undefined;
  #position: number;
  readonly #sha256: (text: string) => string;

  /** @param segmentFrom position of the first entry, where only a part of a chain is at hand */
  constructor(sha256: (text: string) => string, segmentFrom = 1) {
    this.#sha256 = sha256;
    this.#position = segmentFrom - 1;
    this.#previous = segmentFrom === 1 ? chainStart : undefined;
  }

  /** @returns why the entry does not belong here, or undefined when it does */
  next(entry: AuditEntry): string | undefined {
    return this.follow({ ...entry, content: contentOfEntry(entry, entry.previous) });
  }

  /** The same for a link whose content is at hand as it was written; undefined stands for one that nobody wrote. */
  follow(link: { position: number; previous: string; hash: string; content?: string }): string | undefined {
    this.#position += 1;
    if (link.position !== this.#position) return `entry ${this.#position} is missing`;
    if (link.content === undefined) return 'its content was changed';
    if (this.#previous !== undefined && link.previous !== this.#previous)
      return 'does not continue the entry before it';
    if (link.hash !== this.#sha256(link.content)) return 'its content was changed';
    this.#previous = link.hash;
    return undefined;
  }
}
