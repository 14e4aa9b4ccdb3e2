import { after } from './after.ts';
import { monitoring } from './monitoring.ts';
import { policy } from './policy.ts';
import { review } from './review.ts';
import { rollback } from './rollback.ts';
import type { StandingCheck } from './standing-check.ts';

/** In the order in which people ask: is it reviewed, was it staged, can we watch it, can we go back, by whose rules. */
export const standingChecks: readonly StandingCheck[] = [review, after, monitoring, rollback, policy];

/** Keys of a gate that are not names of configured checks. */
export const standingNames: readonly string[] = standingChecks.map(({ name }) => name);
