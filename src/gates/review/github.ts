import * as z from 'zod';
import { type ForgeReview, weighReviews } from './approvals.ts';
import { type Forge, ForgeSilent, getFromForge, listFromForge, unknownAuthor } from './ask-forge.ts';
import { answerOf } from './forge-answer.ts';
import type { ReviewQuestion, ReviewSource } from './source.ts';

/** Approved pull requests, through the REST API of GitHub (docs.github.com/rest/pulls/reviews). */

const account = z.object({ login: z.string(), type: z.string().optional() });
const pulls = z.array(z.object({ number: z.int(), user: account.nullable() }));
const commitAnswer = z.object({ sha: z.string(), author: account.nullable() });
const reviewList = z.array(
  z.object({
    user: account.nullable(),
    state: z.string(),
    commit_id: z.string().nullable(),
    submitted_at: z.iso.datetime({ offset: true }).optional(),
    author_association: z.string().optional(),
  }),
);

const words: Readonly<Record<string, ForgeReview['says']>> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changesRequested',
  DISMISSED: 'dismissed',
};
/** On a public repository anybody may click "approve". */
const insiders = ['OWNER', 'MEMBER', 'COLLABORATOR'];
const maxPulls = 10;

export const github: ReviewSource = {
  kind: 'github',
  remedy: ({ project, commit }) =>
    `Or a member of ${project.config.reviews.github} other than the author approves a pull request there whose head is ${commit.sha.slice(0, 12)}.`,
  look: (question) => answerOf({ name: 'GitHub', program: 'gh' }, () => lookThere(question)),
};

async function lookThere({ project, commit: { sha } }: ReviewQuestion) {
  const { forge, repository } = placeOf(project.config.reviews.github ?? '');
  const base = `repos/${repository}`;
  const commit = await getFromForge(project, forge, `${base}/commits/${sha}`);
  if (commit === undefined) return { unknown: `it has no such commit in ${repository}` };
  const { sha: its, author } = commitAnswer.parse(commit);
  if (its !== sha) throw new ForgeSilent('gh answered about another commit');
  if (!author) throw unknownAuthor();
  const found = pulls.parse((await listFromForge(project, forge, `${base}/commits/${sha}/pulls`)) ?? []);
  if (found.length === 0) return { unknown: `no pull request of ${repository} has this commit` };
  if (found.length > maxPulls) throw new ForgeSilent(`more than ${maxPulls} pull requests have this commit`);
  const reviews: ForgeReview[] = [];
  for (const { number } of found) {
    const list = (await listFromForge(project, forge, `${base}/pulls/${number}/reviews`)) ?? [];
    reviews.push(...reviewList.parse(list).flatMap(toReview));
  }
  const openers = found.flatMap(({ user }) => user?.login ?? []);
  return weighReviews(reviews, { sha, writers: [author.login, ...openers] });
}

function toReview(review: z.output<typeof reviewList>[number]): ForgeReview[] {
  const { user, state, commit_id, submitted_at, author_association = 'NONE' } = review;
  const says = words[state.toUpperCase()];
  if (!user || !says || submitted_at === undefined) return []; // a comment, a draft, or by a deleted account
  const unfit =
    user.type === 'Bot'
      ? 'is a program'
      : insiders.includes(author_association.toUpperCase())
        ? undefined
        : 'does not belong to the repository';
  return [
    { by: user.login, says, commit: commit_id ?? undefined, at: submitted_at, ...(unfit && { unfit }) },
  ];
}

/** `owner/name` is on github.com. */
function placeOf(written: string): { forge: Forge; repository: string } {
  const parts = written.split('/');
  const host = parts.length > 2 ? (parts[0] as string) : 'github.com';
  return { forge: { program: 'gh', host }, repository: parts.slice(-2).join('/') };
}
