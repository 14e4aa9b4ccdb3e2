import * as z from 'zod';
import { type ForgeReview, type Weighed, weighReviews } from './approvals.ts';
import {
  type Forge,
  ForgeSilent,
  getFromForge,
  listFromForge,
  queryForge,
  unknownAuthor,
} from './ask-forge.ts';
import { answerOf } from './forge-answer.ts';
import type { ReviewQuestion, ReviewSource } from './source.ts';

/**
 * Approved merge requests, through the API of GitLab (docs.gitlab.com/api/merge_request_approvals). An approval there
 * names no commit: it counts when it was given after the request came to this commit, which must still be its head.
 */

const time = z.iso.datetime({ offset: true });
const user = z.object({ username: z.string() });
const requests = z.array(z.object({ iid: z.int(), sha: z.string().nullable(), author: user.nullable() }));
const approvals = z.object({
  approved_by: z.array(z.object({ user, approved_at: time.nullish() })),
});
const versions = z.array(z.object({ head_commit_sha: z.string(), created_at: time }));
const reviewers = z.array(z.object({ user, state: z.string().optional() }));
const notes = z.array(
  z.object({ system: z.boolean(), body: z.string(), author: user.nullable(), created_at: time }),
);
const commitAuthor = z.object({
  data: z.object({
    project: z.object({
      repository: z.object({
        tree: z.object({ lastCommit: z.object({ sha: z.string(), author: user.nullable() }) }),
      }),
    }),
  }),
});
const maxRequests = 10;

export const gitlab: ReviewSource = {
  kind: 'gitlab',
  remedy: ({ project, commit }) =>
    `Or somebody other than the author approves a merge request of ${project.config.reviews.gitlab} whose head is ${commit.sha.slice(0, 12)}.`,
  look: (question) => answerOf({ name: 'GitLab', program: 'glab' }, () => lookThere(question)),
};

async function lookThere(question: ReviewQuestion): Promise<Weighed | { unknown: string }> {
  const { project } = question;
  const { sha } = question.commit;
  const { forge, fullPath } = placeOf(project.config.reviews.gitlab ?? '');
  const base = `projects/${encodeURIComponent(fullPath)}`;
  const list = await listFromForge(project, forge, `${base}/repository/commits/${sha}/merge_requests`);
  if (list === undefined) return { unknown: `it has no such commit in ${fullPath}` };
  const found = requests.parse(list).filter((request) => request.sha === sha);
  if (found.length === 0) return { unknown: `no merge request of ${fullPath} has this commit for its head` };
  if (found.length > maxRequests) throw new ForgeSilent(`more than ${maxRequests} merge requests have it`);
  const writer = await authorOf(question, forge, fullPath);
  const reviews: ForgeReview[] = [];
  for (const { iid } of found) {
    reviews.push(...(await reviewsOf(question, forge, `${base}/merge_requests/${iid}`)));
  }
  const openers = found.flatMap(({ author }) => author?.username ?? []);
  return weighReviews(reviews, { sha, writers: [writer, ...openers] });
}

async function authorOf(
  { project, commit }: ReviewQuestion,
  forge: Forge,
  fullPath: string,
): Promise<string> {
  const query = `{ project(fullPath: ${JSON.stringify(fullPath)}) { repository { tree(ref: "${commit.sha}") { lastCommit { sha author { username } } } } } }`;
  const { lastCommit } = commitAuthor.parse(await queryForge(project, forge, query)).data.project.repository
    .tree;
  if (lastCommit.sha !== commit.sha) throw new ForgeSilent('glab answered about another commit');
  if (!lastCommit.author) throw unknownAuthor();
  return lastCommit.author.username;
}

async function reviewsOf({ project, commit: { sha } }: ReviewQuestion, forge: Forge, request: string) {
  const { approved_by } = approvals.parse(await getFromForge(project, forge, `${request}/approvals`));
  const heads = versions.parse(await listFromForge(project, forge, `${request}/versions`));
  const newest = heads.toSorted((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at))[0];
  if (newest?.head_commit_sha !== sha) throw new ForgeSilent('the merge request has moved on meanwhile');
  const states = reviewers.parse(await getFromForge(project, forge, `${request}/reviewers`));
  const reviews: ForgeReview[] = [];
  for (const { user: by, approved_at } of approved_by) {
    const at = approved_at ?? (await approvedAt(project, forge, request, by.username));
    if (at === undefined) throw new ForgeSilent(`it does not say when ${by.username} approved`);
    const isOfThis = Date.parse(at) >= Date.parse(newest.created_at);
    reviews.push({ by: by.username, says: 'approved', commit: isOfThis ? sha : undefined, at });
  }
  for (const { user: by, state } of states) {
    if (state !== 'requested_changes') continue;
    reviews.push({ by: by.username, says: 'changesRequested', commit: sha, at: latest });
  }
  return reviews;
}

/** A reviewer's state is what they said last. */
const latest = '9999-12-31T23:59:59Z';

/** Before version 18 GitLab told this only in the notes of the request. */
async function approvedAt(
  project: ReviewQuestion['project'],
  forge: Forge,
  request: string,
  username: string,
): Promise<string | undefined> {
  const list = notes.parse((await listFromForge(project, forge, `${request}/notes`)) ?? []);
  return list
    .filter(({ system, body }) => system && body.startsWith('approved this merge request'))
    .filter(({ author }) => author?.username === username)
    .map(({ created_at }) => created_at)
    .sort((a, b) => Date.parse(b) - Date.parse(a))[0];
}

/** A first part with a dot is a host: names of groups on gitlab.com that have one are written with it. */
function placeOf(written: string): { forge: Forge; fullPath: string } {
  const parts = written.split('/');
  const isHost = parts.length > 2 && (parts[0] as string).includes('.');
  return {
    forge: { program: 'glab', host: isHost ? (parts[0] as string) : 'gitlab.com' },
    fullPath: parts.slice(isHost ? 1 : 0).join('/'),
  };
}
