import { sql } from 'kysely';
import type { Reader } from '../platform/database.ts';
import type { AuditEntry } from './chain.ts';
import {
  type Link,
  linkOf,
  nullable,
  readStoredEntry,
  type StoredEntry,
  storedColumns,
} from './stored-entry.ts';

/** Reads the trail. Apart from what writes it, which nearly every call loads. */

export interface AuditQuery {
  subject?: string;
  since?: string;
  limit: number;
  /** Position below which to go on; the newest entries come first. */
  before?: number;
}

function entries(reader: Reader) {
  const one = (name: (typeof storedColumns)[number]) =>
    nullable.includes(name) ? sql`coalesce('+' || ${sql.ref(name)}, '')` : sql.ref(name);
  const columns = sql.join(storedColumns.map(one), sql` || char(0) || `);
  return reader
    .selectFrom('audit')
    .select(['position', sql<Uint8Array>`cast(${columns} as blob)`.as('columns')])
    .$castTo<StoredEntry>();
}

/** Newest first. */
export async function readTrail(reader: Reader, query: AuditQuery): Promise<AuditEntry[]> {
  let rows = entries(reader).orderBy('position', 'desc').limit(query.limit);
  if (query.subject !== undefined) rows = rows.where('subject', '=', query.subject);
  if (query.since !== undefined) rows = rows.where('at', '>=', query.since);
  if (query.before !== undefined) rows = rows.where('position', '<', query.before);
  return (await rows.execute()).map(readStoredEntry);
}

const pageSize = 1_000;

/** Every entry from a position on, oldest first, without holding them all. */
export async function* everyEntry(reader: Reader, from = 1): AsyncGenerator<AuditEntry> {
  for await (const rows of storedPages(reader, from)) for (const row of rows) yield readStoredEntry(row);
}

/** The same as links of the chain, by the thousand. */
export async function* everyLink(reader: Reader): AsyncGenerator<Link[]> {
  for await (const rows of storedPages(reader, 1)) yield rows.map(linkOf);
}

async function* storedPages(reader: Reader, from: number): AsyncGenerator<StoredEntry[]> {
  let after = from - 1;
  for (;;) {
    const rows = await entries(reader)
      .where('position', '>', after)
      .orderBy('position')
      .limit(pageSize)
      .execute();
    yield rows;
    if (rows.length < pageSize) return;
    after = rows.at(-1)?.position ?? after;
  }
}
