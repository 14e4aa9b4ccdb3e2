import { DevopsError } from '../../errors.ts';
import { verifyCommitSignature } from '../../platform/commit-signature.ts';
import { refusalOf } from './own-review.ts';
import { reviewersFile } from './reviewers.ts';
import type { ReviewSource } from './source.ts';
import { addressIn, trailersOf } from './trailers.ts';

/**
 * The commit itself is signed with a reviewer's SSH key and says `Reviewed-by:` of that reviewer. The text alone is
 * anybody's; the signature alone says only who made the commit.
 */
export const trailer: ReviewSource = {
  kind: 'trailer',
  remedy: () =>
    'Or a reviewer makes the commit anew with "git commit --amend --no-edit -S --trailer \'Reviewed-by: NAME <ADDRESS>\'", signed with SSH; evaluate that new commit.',
  async look({ project, repository, commit, authors }) {
    const allowedSignersFile = reviewersFile(project);
    if (allowedSignersFile === undefined) return { found: 'nothing', reason: 'no reviewer is known' };
    const { message, signatureCount } = await repository.readCommit(commit.sha);
    const named = trailersOf(message, 'Reviewed-by').map(addressIn);
    if (named.length === 0) return { found: 'nothing', reason: 'its message names no reviewer' };
    if (signatureCount === 0) {
      return {
        found: 'nothing',
        reason: '"Reviewed-by" in its message is only text, the commit is not signed',
      };
    }
    try {
      const { principal, names } = await verifyCommitSignature(repository, commit.sha, allowedSignersFile);
      const reviewer = principal.toLowerCase();
      const refusal = refusalOf(names, authors);
      if (refusal) return refusal;
      return named.includes(reviewer)
        ? { found: 'approval', by: principal, how: 'who signed the commit' }
        : {
            found: 'refusal',
            observed: 'review not valid',
            reason: `${principal} signed the commit, which names another reviewer`,
          };
    } catch (error) {
      if (!(error instanceof DevopsError)) throw error;
      return { found: 'refusal', observed: 'review not valid', reason: error.message };
    }
  },
};
