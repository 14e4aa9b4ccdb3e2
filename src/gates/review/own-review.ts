import { conflictOf, hasMailAddress } from '../../approvals/separation.ts';
import type { ReviewAnswer } from './source.ts';

/** A review by whoever wrote the commit, or by somebody who cannot be told from them, is none. Pure. */
export function refusalOf(names: readonly string[], authors: readonly string[]): ReviewAnswer | undefined {
  const conflict = conflictOf(names, authors, 'review it');
  if (!conflict) return undefined;
  const observed = hasMailAddress(names) ? 'reviewed by its author' : 'review not valid';
  return { found: 'refusal', observed, reason: conflict.reason };
}
