import { reviewersFile } from '../review/reviewers.ts';
import type { ReviewAnswer, ReviewQuestion } from '../review/source.ts';
import { acceptedSources } from '../review/sources.ts';
import { authorsOf } from '../review/trailers.ts';
import type { Judgement } from '../types.ts';
import type { StandingCheck } from './standing-check.ts';

/** `review: approved`: somebody other than the author approved this very commit, in one of the accepted ways. */
export const review: StandingCheck = {
  name: 'review',
  mendedBy: 'reviewer',
  required: ({ policy }) =>
    policy.gate.review === undefined ? undefined : 'approved by someone other than the author',
  async prove(project, { commit }) {
    const { reviews } = project.config;
    const asksForge = reviews.from.some((kind) => kind === 'github' || kind === 'gitlab');
    if (!asksForge && reviewersFile(project) === undefined) return nobodyMayReview;
    const repository = await project.repository();
    const { authorEmail } = commit;
    const authors = authorsOf({ authorEmail, message: (await repository.readCommit(commit.sha)).message });
    const question: ReviewQuestion = { project, repository, commit, authors };
    const answers: ReviewAnswer[] = [];
    const accepted = acceptedSources(reviews);
    for (const source of accepted) {
      const answer = await source.look(question);
      if (answer.found === 'approval') return approvedBy(answer);
      answers.push(answer);
    }
    const remedies = [
      ...answers.flatMap((answer) => (answer.found === 'silence' ? answer.remedy : [])),
      ...accepted.map(({ remedy }) => remedy(question)),
    ];
    return { ...openJudgement(answers), remedy: remedies.join(' ') };
  },
};

/** What is observed where a forge that could know of a review does not answer. */
export const unknownReview = 'not known to be reviewed';

const nobodyMayReview: Judgement = {
  verdict: 'inconclusive',
  observed: 'no reviewers known',
  reason: 'devops.yaml names no approvers for the role reviewer.',
  remedy: 'A person adds approvers.reviewer.allowedSigners to devops.yaml.',
};

function approvedBy({ by, how }: Extract<ReviewAnswer, { found: 'approval' }>): Judgement {
  return {
    verdict: 'pass',
    observed: `approved by ${by}`,
    reason: `Approved ${how}, for exactly this commit.`,
  };
}

/** What was tried and does not count fails; what is missing, or could not be asked, proves nothing. */
function openJudgement(answers: readonly ReviewAnswer[]): Omit<Judgement, 'remedy'> {
  const reason = `${answers.flatMap((answer) => ('reason' in answer ? answer.reason : [])).join('; ')}.`;
  const refusal = answers.find((answer) => answer.found === 'refusal');
  if (refusal) return { verdict: 'fail', observed: refusal.observed, reason };
  const isSilent = answers.some(({ found }) => found === 'silence');
  return {
    verdict: 'inconclusive',
    observed: isSilent ? unknownReview : 'not reviewed',
    reason,
  };
}
