import { formatDuration } from '../../config/values.ts';
import type { Testimony } from '../../evidence/predicates/types.ts';
import { Unreadable } from '../../evidence/unreadable.ts';
import { cleanLine } from '../../evidence/untrusted.ts';

/** Clocks of build machines are set by the network; ours may be behind theirs by so much. */
const clockSkewMs = 60_000;

/** When something was proven, and how long it counts. */
export interface Validity {
  startedAt: Date;
  finishedAt: Date;
  expiresAt: Date;
}

/**
 * Counts the age of a statement from when it says that the work was finished, whenever it came to us. Pure.
 * @throws Unreadable for one that is too old, comes from the future or does not tell its time
 */
export function validityOf(
  { startedAt, finishedAt }: Pick<Testimony, 'startedAt' | 'finishedAt'>,
  { now, validForMs }: { now: Date; validForMs: number },
): Validity {
  if (finishedAt === undefined)
    throw new Unreadable('does not say when it was made, so that nobody knows how long it counts');
  const end = timeIn(finishedAt);
  const start = startedAt === undefined ? end : timeIn(startedAt);
  if (end.getTime() > now.getTime() + clockSkewMs)
    throw new Unreadable(`comes from the future: it says that it was made at ${end.toISOString()}`);
  if (start.getTime() > end.getTime()) throw new Unreadable('says that it ended before it began');
  const expiresAt = new Date(end.getTime() + validForMs);
  if (expiresAt.getTime() <= now.getTime()) {
    const limit = formatDuration(validForMs);
    throw new Unreadable(
      `expired at ${expiresAt.toISOString()}: it was made ${limit} before, and counts no longer`,
    );
  }
  return { startedAt: start, finishedAt: end, expiresAt };
}

/** RFC 3339, which every kind of predicate writes. */
function timeIn(text: string): Date {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text);
  const time = new Date(text);
  if (isTime && !Number.isNaN(time.getTime())) return time;
  throw new Unreadable(`has "${cleanLine(text).slice(0, 40)}" for a time, which is none`);
}
