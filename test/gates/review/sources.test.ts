import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApp } from '../../../src/app.ts';
import { subjectOf } from '../../../src/gates/assess.ts';
import { review } from '../../../src/gates/checks/review.ts';
import { createPocket, type Pocket } from '../../e2e/pocket.ts';
import { type FakeForge, fakeForge, githubAnswers, gitlabAnswers } from './fake-forge.ts';

/** Each way in which a review can be proven, and what only looks like one. */

let pocket: Pocket;
let forge: FakeForge;
let sha: string;
const older = '0'.repeat(40);

beforeAll(async () => {
  pocket = await createPocket();
  forge = await fakeForge();
  for (const name of ['rita', 'ada']) {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(pocket.dir, '.git', name)]);
  }
  const rita = await pocket.read('.git/rita.pub');
  await fs.writeFile(path.join(pocket.dir, '.reviewers'), `rita@pocket.example ${rita}`);
  sha = await pocket.git('rev-parse', 'HEAD');
});
afterAll(async () => {
  await forge.remove();
  await pocket.destroy();
});

async function accept(reviews: Record<string, unknown>): Promise<void> {
  await pocket.configure((config) => {
    config.approvers = { reviewer: { allowedSigners: '.reviewers' } };
    config.environments.staging.gate = { review: 'approved' };
    config.reviews = reviews;
  });
}

async function judge(ref = 'HEAD') {
  const serverEnvironment = { ...pocket.environment, PATH: `${forge.bin}:${process.env.PATH}` };
  const app = openApp({ projectDir: pocket.dir, serverEnvironment });
  try {
    const project = await app.project();
    return await review.prove(project, await subjectOf(project, 'staging', ref));
  } finally {
    await app.close();
  }
}

describe('a signed commit', () => {
  beforeAll(() => accept({}));
  const commitSigned = async (message: string, key = 'rita', author = 'Ada <ada@pocket.example>') => {
    const signing = ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${path.join(pocket.dir, '.git', key)}`];
    const what = ['commit', '--quiet', '--allow-empty', '-S', `--author=${author}`, '--message', message];
    await pocket.git(...signing, ...what);
    return pocket.git('rev-parse', 'HEAD');
  };

  test('counts when its signer is the reviewer whom its message names', async () => {
    await commitSigned('Add it\n\nReviewed-by: Rita <rita@pocket.example>');
    expect(await judge()).toMatchObject({ verdict: 'pass', observed: 'approved by rita@pocket.example' });
  });

  test.each([
    ['names no reviewer', 'Add it', 'inconclusive', 'names no reviewer'],
    [
      'names another one',
      'Add it\n\nReviewed-by: Sam <sam@pocket.example>',
      'fail',
      'names another reviewer',
    ],
    [
      'was written by its reviewer too',
      'Add it\n\nReviewed-by: rita@pocket.example\nCo-authored-by: Rita <rita@pocket.example>',
      'fail',
      'cannot review it',
    ],
  ])('does not count when it %s', async (_why, message, verdict, reason) => {
    await commitSigned(message);
    expect(await judge()).toMatchObject({ verdict, reason: expect.stringContaining(reason) });
  });

  test('does not count when a stranger signed it, nor when nobody did', async () => {
    await commitSigned('Add it\n\nReviewed-by: Rita <rita@pocket.example>', 'ada');
    expect(await judge()).toMatchObject({ verdict: 'fail', observed: 'review not valid' });
    await pocket.commit({}, 'Add it\n\nReviewed-by: Rita <rita@pocket.example>');
    expect(await judge()).toMatchObject({
      verdict: 'inconclusive',
      observed: 'not reviewed',
      reason: expect.stringContaining('only text'),
      remedy: expect.stringContaining('devops-engineer review'),
    });
  });

  test('does not count where policy takes notes only', async () => {
    await accept({ from: ['signature'] });
    await commitSigned('Add it\n\nReviewed-by: Rita <rita@pocket.example>');
    expect(await judge()).toMatchObject({ verdict: 'inconclusive' });
  });
});

describe('a pull request on GitHub', () => {
  beforeAll(() => accept({ from: ['github'], github: 'shop/shop' }));
  const given = async (...args: Parameters<typeof githubAnswers>) => {
    await forge.answer(githubAnswers(...args));
    return judge(sha);
  };

  test('counts when somebody of the repository approved this very commit', async () => {
    expect(await given(sha, [{}])).toMatchObject({ verdict: 'pass', observed: 'approved by rita' });
    const questions = await forge.questions();
    expect(questions.every((one) => one.startsWith('api --hostname github.com repos/shop/shop/'))).toBe(true);
  });

  test.each<[string, Parameters<typeof githubAnswers>[1], string]>([
    ['an older head', [{ commit: older }], `approved ${older.slice(0, 12)}, not this one`],
    ['a change request after the approval', [{}, { state: 'CHANGES_REQUESTED' }], 'asks for changes'],
    ['an approval that was dismissed', [{ state: 'DISMISSED' }], 'dismissed'],
    ['the author’s own approval', [{ by: 'Ada' }], 'cannot review it'],
    ['a stranger’s approval', [{ association: 'CONTRIBUTOR' }], 'does not belong to the repository'],
    ['a program’s approval', [{ type: 'Bot' }], 'is a program'],
  ])('does not count: %s', async (_what, reviews, reason) => {
    expect(await given(sha, reviews)).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining(reason),
      remedy: expect.stringContaining('shop/shop'),
    });
  });

  test('comments are no approval, and whoever opened the request cannot approve it', async () => {
    expect(await given(sha, [{ state: 'COMMENTED' }])).toMatchObject({ verdict: 'inconclusive' });
    expect(await given(sha, [{}], { opener: 'rita' })).toMatchObject({ verdict: 'fail' });
  });

  test('where it cannot be asked, or does not know the author, nothing is proven', async () => {
    expect(await given(sha, [{}], { author: null })).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('knows no account'),
    });
    await forge.answer({});
    expect(await judge(sha)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('no such commit'),
    });
    await forge.answer({
      ...githubAnswers(sha, [{}]),
      [`repos/shop/shop/commits/${sha}`]: { sha: older, author: { login: 'x' } },
    });
    expect(await judge(sha)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('another commit'),
    });
    await forge.answer({
      ...githubAnswers(sha, []),
      'repos/shop/shop/pulls/7/reviews': [{ state: 'APPROVED' }],
    });
    expect(await judge(sha)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('unexpected'),
    });
    const trouble: [string, string][] = [
      ['echo "To get started with GitHub CLI, please run:  gh auth login" >&2; exit 4', 'not logged in'],
      ['echo "gh: Bad credentials (HTTP 401)" >&2; exit 1', 'not logged in'],
      ['echo "error connecting to api.github.com" >&2; exit 1', 'error connecting'],
      ['echo "<html>"', 'not JSON'],
      ['rm -f "$PROGRAM"; exit 127', 'failed'],
    ];
    for (const [shell, reason] of trouble) {
      await forge.behave(shell);
      expect(await judge(sha)).toMatchObject({
        verdict: 'inconclusive',
        observed: 'not known to be reviewed',
        reason: expect.stringContaining(reason),
        remedy: expect.stringContaining('gh auth status'),
      });
    }
    expect(await judge(sha)).toMatchObject({ reason: expect.stringContaining('gh is not installed') });
    await forge.behave(undefined);
  });
});

describe('a merge request on GitLab', () => {
  beforeAll(() => accept({ from: ['gitlab'], gitlab: 'team/shop' }));
  const given = async (...args: Parameters<typeof gitlabAnswers>) => {
    await forge.answer(gitlabAnswers(...args));
    return judge(sha);
  };
  const rita = { by: 'rita', at: '2026-11-01T10:05:00.000Z' };

  test('counts when it was approved after it came to this commit', async () => {
    expect(await given(sha, { approvals: [rita] })).toMatchObject({ verdict: 'pass' });
    expect((await forge.questions()).at(-1)).toContain('--hostname gitlab.com');
    const notes = [
      {
        system: true,
        body: 'approved this merge request',
        author: { username: 'rita' },
        created_at: rita.at,
      },
    ];
    expect(await given(sha, { approvals: [{ by: 'rita' }], notes })).toMatchObject({ verdict: 'pass' });
  });

  test.each<[string, Parameters<typeof gitlabAnswers>[1], string, string]>([
    [
      'an approval of an older head',
      { approvals: [{ by: 'rita', at: '2026-11-01T09:59:00Z' }] },
      'fail',
      'earlier',
    ],
    [
      'a change request by the approver',
      { approvals: [rita], states: { rita: 'requested_changes' } },
      'fail',
      'asks for changes',
    ],
    ['the author’s own approval', { approvals: [{ ...rita, by: 'ada' }] }, 'fail', 'cannot review it'],
    ['a request with another head', { approvals: [rita], head: older }, 'inconclusive', 'for its head'],
    ['a commit without an account', { approvals: [rita], author: null }, 'inconclusive', 'knows no account'],
    ['an approval without a time', { approvals: [{ by: 'rita' }] }, 'inconclusive', 'does not say when'],
    [
      'a head that was pushed meanwhile',
      { approvals: [rita], heads: [{ head_commit_sha: older, created_at: '2026-11-01T11:00:00Z' }] },
      'inconclusive',
      'moved on',
    ],
    ['nobody’s approval', {}, 'inconclusive', 'nobody has approved'],
  ])('does not count: %s', async (_what, answers, verdict, reason) => {
    expect(await given(sha, answers)).toMatchObject({ verdict, reason: expect.stringContaining(reason) });
  });
});
