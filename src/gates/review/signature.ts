import { DevopsError } from '../../errors.ts';
import type { Commit } from '../../platform/git.ts';
import { verifySignature } from '../../platform/signatures.ts';
import { refusalOf } from './own-review.ts';
import { reviewersFile } from './reviewers.ts';
import type { ReviewSource } from './source.ts';

export const reviewNamespace = 'devops-engineer-review';
/** Reviews travel with the repository, as git notes under this name. */
export const reviewNotes = 'devops-reviews';

/** The exact text that a reviewer signs. */
export function reviewStatement({ sha, tree }: Pick<Commit, 'sha' | 'tree'>): string {
  return `devops-engineer review\ncommit ${sha}\ntree ${tree}\nverdict approved\n`;
}

/** A note on the commit holds a reviewer's signature over commit and tree. */
export const signature: ReviewSource = {
  kind: 'signature',
  remedy: ({ commit }) => `A reviewer runs "devops-engineer review ${commit.sha.slice(0, 12)} --key FILE".`,
  async look({ project, repository, commit, authors }) {
    const allowedSignersFile = reviewersFile(project);
    if (allowedSignersFile === undefined) return { found: 'nothing', reason: 'no reviewer is known' };
    const note = await repository.readNote(reviewNotes, commit.sha);
    if (note === undefined) {
      return { found: 'nothing', reason: `no review of ${commit.sha.slice(0, 12)} is on record` };
    }
    try {
      const { principal, names } = await verifySignature({
        statement: reviewStatement(commit),
        signature: note,
        allowedSignersFile,
        namespace: reviewNamespace,
      });
      return refusalOf(names, authors) ?? { found: 'approval', by: principal, how: 'by a signed note' };
    } catch (error) {
      if (!(error instanceof DevopsError)) throw error;
      return { found: 'refusal', observed: 'review not valid', reason: error.message };
    }
  },
};
