import { DevopsError } from '../errors.ts';
import type { Project } from '../project.ts';
import type { AuditEntry } from './chain.ts';
import type { TrailState } from './verify.ts';

export interface AuditPage {
  entries: AuditEntry[];
  chain: TrailState['chain'];
  nextCursor?: string;
}

/** One page of the audit trail, newest first, with the state of the whole chain. @throws INVALID_CURSOR, STATE_FAILED */
export async function auditPage(
  project: Project,
  { cursor, limit, ...query }: { subject?: string; since?: string; limit: number; cursor?: string },
): Promise<AuditPage> {
  const before = cursor === undefined ? undefined : Number(cursor);
  if (before !== undefined && !Number.isInteger(before)) {
    throw new DevopsError('INVALID_CURSOR', `"${cursor}" is not a cursor of getAudit`, {
      remedy: 'Use nextCursor of the page before, or leave cursor out.',
    });
  }
  const { readTrail, verifyTrail } = await loadTrail();
  const { chain } = await verifyTrail(project);
  const found = await readTrail(project.state.read, { ...query, limit: limit + 1, before });
  const entries = found.slice(0, limit);
  const last = entries.at(-1);
  return { entries, chain, ...(found.length > limit && last && { nextCursor: String(last.position) }) };
}

/** They bring the query builder along, which no start needs. */
async function loadTrail() {
  const [read, verify] = await Promise.all([import('./read-trail.ts'), import('./verify.ts')]);
  return { ...read, ...verify };
}
