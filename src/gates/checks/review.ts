import { DevopsError } from '../../errors.ts';
import { path } from '../../platform/files.ts';
import type { Commit } from '../../platform/git.ts';
import { verifySignature } from '../../platform/signatures.ts';
import type { StandingCheck } from './standing-check.ts';

export const reviewNamespace = 'devops-engineer-review';
/** Reviews travel with the repository, as git notes under this name. */
export const reviewNotes = 'devops-reviews';

/** The exact text that a reviewer signs. */
export function reviewStatement({ sha, tree }: Pick<Commit, 'sha' | 'tree'>): string {
  return `devops-engineer review\ncommit ${sha}\ntree ${tree}\nverdict approved\n`;
}

/** `review: approved`: a reviewer other than the author signed this very commit. */
export const review: StandingCheck = {
  name: 'review',
  required: ({ policy }) =>
    policy.gate.review === undefined ? undefined : 'approved by someone other than the author',
  async prove(project, { commit }) {
    const reviewers = project.config.approvers.reviewer;
    const sign = `A reviewer runs "devops-engineer review ${commit.sha.slice(0, 12)} --key FILE".`;
    if (!reviewers) {
      return {
        verdict: 'inconclusive',
        observed: 'no reviewers known',
        reason: 'devops.yaml names no approvers for the role reviewer.',
        remedy: 'A person adds approvers.reviewer.allowedSigners to devops.yaml.',
      };
    }
    const repository = await project.repository();
    const signature = await repository.readNote(reviewNotes, commit.sha);
    if (signature === undefined) {
      return {
        verdict: 'inconclusive',
        observed: 'not reviewed',
        reason: `No review of ${commit.sha.slice(0, 12)} is on record.`,
        remedy: sign,
      };
    }
    try {
      const { principal } = await verifySignature({
        statement: reviewStatement(commit),
        signature,
        allowedSignersFile: path.resolve(project.dir, reviewers.allowedSigners),
        namespace: reviewNamespace,
      });
      if (principal.toLowerCase() === commit.authorEmail.toLowerCase()) {
        return {
          verdict: 'fail',
          observed: 'reviewed by its author',
          reason: `${principal} wrote this commit and cannot review it.`,
          remedy: `Another person reviews it. ${sign}`,
        };
      }
      return {
        verdict: 'pass',
        observed: `approved by ${principal}`,
        reason: 'The signature is valid for this commit.',
      };
    } catch (error) {
      if (!(error instanceof DevopsError)) throw error;
      return { verdict: 'fail', observed: 'review not valid', reason: error.message, remedy: sign };
    }
  },
};
