import type { Reader } from '../../platform/database.ts';
import type { AuditEntry } from '../chain.ts';

/** What the trail says of objects beside it that were erased, under the names that they have in a bundle. */

export const erasureAction = 'data.erase';

export interface Erasure {
  /** `logs/dep-….log`, `reports/<hex>`, `evidence/ev-….json`, `artifacts/<hex>.tar` */
  object: string;
  /** `expired` by a rule of retention, `erased` by a person, `replaced` where only some words were taken out. */
  how: 'expired' | 'erased' | 'replaced';
  at: string;
  /** Digest of what took its place; undefined where nothing did. */
  after?: string;
}

type Told = Pick<AuditEntry, 'action' | 'subject' | 'decision' | 'at' | 'detail'>;

/** The last word about each object. */
export function erasuresAmong(entries: Iterable<Told>): Map<string, Erasure> {
  const found = new Map<string, Erasure>();
  for (const { action, subject, decision, at, detail } of entries) {
    if (action !== erasureAction) continue;
    const { after } = detail;
    found.set(subject, {
      object: subject,
      how: decision as Erasure['how'],
      at,
      ...(typeof after === 'string' && { after }),
    });
  }
  return found;
}

/** What was told of an object before is over with what is told of it later. */
export function erasureSince(erasure: Erasure | undefined, at: string): Erasure | undefined {
  return erasure && erasure.at >= at ? erasure : undefined;
}

/** Every erasure out of the trail of a project. */
export async function erasuresOnRecord(read: Reader): Promise<Map<string, Erasure>> {
  const rows = await read
    .selectFrom('audit')
    .select(['action', 'subject', 'decision', 'at', 'detail'])
    .where('action', '=', erasureAction)
    .orderBy('position')
    .execute();
  return erasuresAmong(rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) })));
}

export function describeErasure({ object, how, at }: Erasure): string {
  const words = {
    expired: `was removed at ${at}, as its time was over`,
    erased: `was erased at ${at}`,
    replaced: `had words taken out at ${at}`,
  };
  return `${object} ${words[how]}`;
}
