import * as fs from 'node:fs/promises';
import path from 'node:path';
import { newFolder } from '../../new-folder.ts';

/**
 * `gh` and `glab` as their users know them, without a forge behind: a program on PATH that prints the JSON of the API
 * for each question. What it is asked for and has no answer to is a 404, as there.
 */
export interface FakeForge {
  /** To be put in front of PATH. */
  bin: string;
  /** Answers by endpoint, without its query; `graphql` for all queries. */
  answer(answers: Record<string, unknown>): Promise<void>;
  /** What the program does instead of answering: shell text. */
  behave(shell: string | undefined): Promise<void>;
  /** All questions so far, in order. */
  questions(): Promise<string[]>;
  remove(): Promise<void>;
}

const script = (bin: string) => `#!/bin/sh
echo "$@" >> '${bin}/questions'
case "$*" in *graphql*) endpoint=graphql ;; *) for endpoint; do :; done ;; esac
file='${bin}/answers/'$(echo "$endpoint" | sed 's/?.*//; s,/,_,g')
[ -f "$file" ] && exec cat "$file"
echo '{"message":"Not Found","status":"404"}'
echo 'gh: Not Found (HTTP 404)' >&2
exit 1
`;

export async function fakeForge(): Promise<FakeForge> {
  const bin = await newFolder('forge-');
  const install = async (text: string) => {
    for (const name of ['gh', 'glab']) await fs.writeFile(path.join(bin, name), text, { mode: 0o755 });
  };
  const answer: FakeForge['answer'] = async (answers) => {
    await fs.rm(path.join(bin, 'answers'), { recursive: true, force: true });
    await fs.mkdir(path.join(bin, 'answers'));
    for (const [endpoint, value] of Object.entries(answers)) {
      await fs.writeFile(path.join(bin, 'answers', endpoint.replaceAll('/', '_')), JSON.stringify(value));
    }
  };
  await install(script(bin));
  await answer({});
  return {
    bin,
    answer,
    behave: (shell) => install(shell === undefined ? script(bin) : `#!/bin/sh\n${shell}\n`),
    questions: async () =>
      (await fs.readFile(path.join(bin, 'questions'), 'utf8').catch(() => '')).split('\n').filter(Boolean),
    remove: () => fs.rm(bin, { recursive: true, force: true }),
  };
}

const account = (login: string) => ({ login, id: 1, type: 'User', site_admin: false });

/** What GitHub answers about a commit with one pull request and these reviews. */
export function githubAnswers(
  sha: string,
  reviews: {
    by?: string;
    state?: string;
    commit?: string;
    at?: string;
    association?: string;
    type?: string;
  }[],
  { author = 'ada' as string | null, opener = 'ada' } = {},
): Record<string, unknown> {
  const base = 'repos/shop/shop';
  return {
    [`${base}/commits/${sha}`]: {
      sha,
      node_id: 'C_1',
      commit: { author: { name: 'Ada Author', email: 'ada@pocket.example' } },
      author: author === null ? null : account(author),
    },
    [`${base}/commits/${sha}/pulls`]: [
      { number: 7, state: 'open', user: account(opener), head: { sha }, title: 'Change' },
    ],
    [`${base}/pulls/7/reviews`]: reviews.map((review, index) => ({
      id: index + 1,
      user: { ...account(review.by ?? 'rita'), type: review.type ?? 'User' },
      body: '',
      state: review.state ?? 'APPROVED',
      author_association: review.association ?? 'MEMBER',
      submitted_at: review.at ?? `2026-11-01T10:0${index}:00Z`,
      commit_id: review.commit ?? sha,
    })),
  };
}

/** What GitLab answers about a commit that is the head of one merge request since 10:00. */
export function gitlabAnswers(
  sha: string,
  {
    approvals = [] as { by: string; at?: string | null }[],
    states = {} as Record<string, string>,
    heads = [{ head_commit_sha: sha, created_at: '2026-11-01T10:00:00.000Z' }],
    head = sha,
    notes = [] as unknown[],
    author = 'ada' as string | null,
  },
): Record<string, unknown> {
  const base = 'projects/team%2Fshop';
  const user = (username: string) => ({ id: 1, username, name: username, state: 'active' });
  return {
    [`${base}/repository/commits/${sha}/merge_requests`]: [
      { id: 1, iid: 3, sha: head, state: 'opened', author: user('ada') },
    ],
    [`${base}/merge_requests/3/approvals`]: {
      iid: 3,
      approvals_required: 1,
      approved_by: approvals.map(({ by, at }) => ({ user: user(by), ...(at && { approved_at: at }) })),
    },
    [`${base}/merge_requests/3/versions`]: heads,
    [`${base}/merge_requests/3/reviewers`]: Object.entries(states).map(([name, state]) => ({
      user: user(name),
      state,
    })),
    [`${base}/merge_requests/3/notes`]: notes,
    graphql: {
      data: {
        project: {
          repository: {
            tree: { lastCommit: { sha, author: author === null ? null : { username: author } } },
          },
        },
      },
    },
  };
}
