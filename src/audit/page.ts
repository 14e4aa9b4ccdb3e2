import { DevopsError } from '../errors.ts';
import type { Reader } from '../platform/database.ts';
import type { AuditEntry } from './chain.ts';
import { type ChainState, readTrail, verifyTrail } from './trail.ts';

export interface AuditPage {
  entries: AuditEntry[];
  chain: ChainState['chain'];
  nextCursor?: string;
}

/** One page of the audit trail, newest first, with the state of the whole chain. @throws INVALID_CURSOR */
export async function auditPage(
  reader: Reader,
  { cursor, limit, ...query }: { subject?: string; since?: string; limit: number; cursor?: string },
): Promise<AuditPage> {
  const before = cursor === undefined ? undefined : Number(cursor);
  if (before !== undefined && !Number.isInteger(before)) {
    throw new DevopsError('INVALID_CURSOR', `"${cursor}" is not a cursor of getAudit`, {
      remedy: 'Use nextCursor of the page before, or leave cursor out.',
    });
  }
  const found = await readTrail(reader, {
    ...query,
    limit: limit + 1,
    before,
  });
  const entries = found.slice(0, limit);
  const { chain } = await verifyTrail(reader);
  const last = entries.at(-1);
  return { entries, chain, ...(found.length > limit && last && { nextCursor: String(last.position) }) };
}
