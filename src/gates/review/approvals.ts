/** What a reviewer said last of a commit, out of everything that was said on its pull requests. Pure. */

export interface ForgeReview {
  /** Account of the reviewer. */
  by: string;
  says: 'approved' | 'changesRequested' | 'dismissed';
  /** The commit that the reviewer looked at; undefined for one that is known to be another only. */
  commit: string | undefined;
  /** ISO 8601. */
  at: string;
  /** Why this account cannot approve (a stranger to the repository, a program), where it cannot. */
  unfit?: string;
}

export interface Weighed {
  approvedBy: string[];
  /** Approvals that do not count, each with the reason; then those who said no. */
  discounted: string[];
}

/**
 * Who approves of exactly this commit. A later change request, or an approval that was taken back, cancels.
 * @param writers accounts that wrote the commit or opened the request: nobody reviews their own work
 */
export function weighReviews(
  reviews: readonly ForgeReview[],
  { sha, writers }: { sha: string; writers: readonly string[] },
): Weighed {
  const byReviewer = new Map<string, ForgeReview[]>();
  for (const review of [...reviews].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const key = review.by.toLowerCase();
    byReviewer.set(key, [...(byReviewer.get(key) ?? []), review]);
  }
  const weighed: Weighed = { approvedBy: [], discounted: [] };
  for (const own of byReviewer.values()) {
    const why = whyNot(own, sha, writers);
    const by = own[0]?.by ?? '';
    if (why === undefined) weighed.approvedBy.push(by);
    else weighed.discounted.push(`${by} ${why}`);
  }
  return weighed;
}

/** @param own reviews of one person, oldest first */
function whyNot(own: readonly ForgeReview[], sha: string, writers: readonly string[]): string | undefined {
  const last = own.at(-1);
  if (!last) return 'said nothing';
  if (last.says === 'changesRequested') return 'asks for changes';
  if (last.says === 'dismissed') return 'had a review that was dismissed';
  if (writers.some((writer) => writer.toLowerCase() === last.by.toLowerCase())) {
    return 'wrote this commit or its request and cannot review it';
  }
  if (last.unfit !== undefined) return last.unfit;
  const afterNo = own.slice(own.findLastIndex(({ says }) => says !== 'approved') + 1);
  if (afterNo.some(({ commit }) => commit === sha)) return undefined;
  return `approved ${last.commit?.slice(0, 12) ?? 'an earlier commit'}, not this one`;
}
