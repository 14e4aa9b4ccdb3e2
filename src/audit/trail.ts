import { timestamp } from '../platform/clock.ts';
import type { Reader, Writer } from '../platform/database.ts';
import { sha256 } from '../platform/digest.ts';
import type { AuditRow } from '../platform/tables.ts';
import type { Caller } from '../project.ts';
import { type AuditEntry, ChainVerifier, chainStart, hashOfEntry } from './chain.ts';

export interface AuditRecord {
  caller: Caller;
  /** What was done, such as `task.update` or `deployment.request`. */
  action: string;
  /** What it was done to: a task, deployment, gate, request or environment. */
  subject: string;
  /** How it ended, such as `done`, `refused`, `pass`, `fail`. */
  decision: string;
  detail?: Record<string, unknown>;
}

export function describeCaller({ kind, user, client }: Caller): string {
  return client === undefined ? `${user} (${kind})` : `${user} (${kind}: ${client})`;
}

/** Appends one entry in the caller's transaction: the change and its record stand or fall together. */
export async function record(
  writer: Writer,
  { caller, action, subject, decision, detail = {} }: AuditRecord,
) {
  const last = await writer
    .selectFrom('audit')
    .select(['position', 'hash'])
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  const facts = {
    position: (last?.position ?? 0) + 1,
    at: timestamp(),
    actor: describeCaller(caller),
    action,
    subject,
    decision,
    detail: JSON.parse(JSON.stringify(detail)) as Record<string, unknown>, // what is hashed is what is stored
  };
  const previous = last?.hash ?? chainStart;
  const hash = hashOfEntry(facts, previous, sha256);
  await writer
    .insertInto('audit')
    .values({ ...facts, detail: JSON.stringify(facts.detail), previous, hash })
    .execute();
}

export interface AuditQuery {
  subject?: string;
  since?: string;
  limit: number;
  /** Position below which to go on; the newest entries come first. */
  before?: number;
}

/** Newest first. */
export async function readTrail(reader: Reader, query: AuditQuery): Promise<AuditEntry[]> {
  let rows = reader.selectFrom('audit').selectAll().orderBy('position', 'desc').limit(query.limit);
  if (query.subject !== undefined) rows = rows.where('subject', '=', query.subject);
  if (query.since !== undefined) rows = rows.where('at', '>=', query.since);
  if (query.before !== undefined) rows = rows.where('position', '<', query.before);
  return (await rows.execute()).map(toEntry);
}

const pageSize = 1_000;

/** Every entry, oldest first, without holding them all. */
export async function* everyEntry(reader: Reader): AsyncGenerator<AuditEntry> {
  let after = 0;
  for (;;) {
    const rows = await reader
      .selectFrom('audit')
      .selectAll()
      .where('position', '>', after)
      .orderBy('position')
      .limit(pageSize)
      .execute();
    for (const row of rows) yield toEntry(row);
    if (rows.length < pageSize) return;
    after = rows.at(-1)?.position ?? after;
  }
}

export type ChainState =
  | { chain: 'intact'; entries: number }
  | { chain: { brokenAt: number; why: string }; entries: number };

/** Checks the chain from the first entry to the last. */
export async function verifyTrail(reader: Reader): Promise<ChainState> {
  const verifier = new ChainVerifier(sha256);
  let entries = 0;
  for await (const entry of everyEntry(reader)) {
    entries += 1;
    const why = verifier.next(entry);
    if (why !== undefined) return { chain: { brokenAt: entry.position, why }, entries };
  }
  return { chain: 'intact', entries };
}

function toEntry(row: AuditRow): AuditEntry {
  return { ...row, detail: parseDetail(row.detail) };
}

/** A detail that was tampered into broken JSON must show as a broken chain, not as a crash. */
function parseDetail(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { unreadable: text };
  }
}
