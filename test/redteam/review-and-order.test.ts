import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reviewNamespace, reviewNotes, reviewStatement } from '../../src/gates/review/signature.ts';
import { type Agent, connectAgent, usePocket } from '../e2e/pocket.ts';
import { type FakeForge, fakeForge, githubAnswers } from '../gates/review/fake-forge.ts';

/** An agent that may write in the repository and in its settings tries to review itself, and to jump the queue. */

const on = usePocket(({ checks, environments }) => {
  checks.unit.run = 'cat verdict.xml';
  checks.unit.report = { format: 'junit' };
  environments.staging.gate = { unit: '100%', review: 'approved' };
  environments.staging.strategy.bake = '100ms';
  environments.staging.health = { version: '$.version', interval: '50ms', healthyAfter: 1, timeout: '8s' };
  environments.production.gate = { unit: '100%', rollback: 'verified' };
});
const ada = 'ada@pocket.example'; // who commits in the pocket
const green = '<testsuite name="x"><testcase name="fine"/></testsuite>';
const red = '<testsuite name="x"><testcase name="fine"><failure message="red"/></testcase></testsuite>';

const file = (name: string) => path.join(on.pocket.dir, name);
const key = (name: string) => file(`.git/${name}`);

beforeAll(async () => {
  for (const name of ['rita', 'ada']) {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key(name)]);
  }
  await allow(['rita@pocket.example', 'rita']);
  await on.pocket.configure((config) => {
    config.approvers = { reviewer: { allowedSigners: '.reviewers' } };
  });
  await fs.writeFile(file('verdict.xml'), green);
  await on.pocket.commit({}, 'green');
});

async function allow(...signers: [email: string, key: string][]): Promise<void> {
  const lines = signers.map(
    async ([email, name]) => `${email} ${await fs.readFile(`${key(name)}.pub`, 'utf8')}`,
  );
  await fs.writeFile(file('.reviewers'), (await Promise.all(lines)).join(''));
}
const commit = (message: string, ...how: string[]) =>
  on.pocket.git('commit', '--quiet', '--allow-empty', '--message', message, ...how);
const signedBy = (name: string) => ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${key(name)}`];
async function commitSigned(message: string, by: string, ...how: string[]): Promise<void> {
  await on.pocket.git(...signedBy(by), 'commit', '--quiet', '--allow-empty', '-S', '-m', message, ...how);
}
/** What "devops-engineer review" does, with less ado. */
async function reviewWith(name: string): Promise<void> {
  const [sha = '', tree = ''] = (await on.pocket.git('show', '-s', '--format=%H %T')).split(' ');
  const signed = await execa('ssh-keygen', ['-Y', 'sign', '-n', reviewNamespace, '-f', key(name)], {
    input: reviewStatement({ sha, tree }),
  });
  await on.pocket.git('notes', `--ref=${reviewNotes}`, 'add', '--force', '-m', signed.stdout, sha);
}

interface Requirement {
  name: string;
  verdict: string;
  observed: string;
  reason: string;
}
async function requirement(name: string, { agent = on.agent, environment = 'staging' } = {}) {
  const { data } = await agent.call('evaluateGate', { environment, run: 'none' });
  return (data.requirements as Requirement[]).find((one) => one.name === name);
}
const deploy = async (environment: string, ref = 'HEAD') =>
  (await on.agent.call('deploy', { environment, ref, waitSeconds: 60 })).data;
const isRefused = (data: { refused?: { requirements: Requirement[] } }, name: string) =>
  data.refused?.requirements.some((one) => one.name === name && one.verdict !== 'pass');

describe('reviewing oneself', () => {
  test('by a note: with a key that no reviewer has, and with one’s own where one is a reviewer too', async () => {
    await commit('mine');
    await reviewWith('ada');
    expect(await requirement('review')).toMatchObject({ verdict: 'fail', observed: 'review not valid' });
    await allow(['rita@pocket.example', 'rita'], [ada, 'ada']);
    expect(await requirement('review')).toMatchObject({
      verdict: 'fail',
      observed: 'reviewed by its author',
    });
  });

  test('by a trailer, signed with one’s own key', async () => {
    await commitSigned(`mine\n\nReviewed-by: Ada <${ada}>`, 'ada');
    expect(await requirement('review')).toMatchObject({
      verdict: 'fail',
      observed: 'reviewed by its author',
    });
    await commitSigned(
      'mine\n\nReviewed-by: Rita <rita@pocket.example>',
      'ada',
      `--author=Bob <bob@pocket.example>`,
    );
    expect(await requirement('review')).toMatchObject({ verdict: 'fail', observed: 'review not valid' });
    await allow(['rita@pocket.example', 'rita']);
  });

  test('by a trailer that nobody signed', async () => {
    await commit('mine\n\nReviewed-by: Rita <rita@pocket.example>');
    expect(await requirement('review')).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('only text'),
    });
  });

  test('as one of two authors', async () => {
    await commit('ours\n\nCo-authored-by: Rita <rita@pocket.example>');
    await reviewWith('rita');
    expect(await requirement('review')).toMatchObject({
      verdict: 'fail',
      observed: 'reviewed by its author',
    });
  });

  test('by settings of git that find every signature good', async () => {
    const liar = key('liar');
    const words = 'Good "git" signature for rita@pocket.example with ED25519 key SHA256:abc';
    await fs.writeFile(liar, `#!/bin/sh\necho '${words}'\nexit 0\n`, { mode: 0o755 });
    await fs.writeFile(
      key('everybody'),
      `rita@pocket.example ${await fs.readFile(`${key('ada')}.pub`, 'utf8')}`,
    );
    await commitSigned('mine\n\nReviewed-by: Rita <rita@pocket.example>', 'ada');
    for (const [name, value] of [
      ['gpg.ssh.program', liar],
      ['gpg.program', liar],
      ['gpg.ssh.allowedSignersFile', key('everybody')],
      ['log.showSignature', 'true'],
    ] as const) {
      await on.pocket.git('config', name, value);
    }
    expect(await requirement('review')).toMatchObject({ verdict: 'fail', observed: 'review not valid' });
    for (const name of [
      'gpg.ssh.program',
      'gpg.program',
      'gpg.ssh.allowedSignersFile',
      'log.showSignature',
    ]) {
      await on.pocket.git('config', '--unset', name);
    }
  });

  test('by replacing the commit with one of another author', async () => {
    await commit('mine');
    const mine = await on.pocket.git('rev-parse', 'HEAD');
    await commitSigned(
      'x\n\nReviewed-by: Rita <rita@pocket.example>',
      'rita',
      '--author=Bob <bob@pocket.example>',
    );
    expect(await requirement('review')).toMatchObject({ verdict: 'pass' }); // that one is reviewed
    const reviewed = await on.pocket.git('rev-parse', 'HEAD');
    await on.pocket.git('reset', '--quiet', '--soft', mine);
    await on.pocket.git('replace', mine, reviewed);
    expect(await on.pocket.git('show', '-s', '--format=%ae', mine)).toBe('bob@pocket.example'); // what git says
    expect(await requirement('review')).toMatchObject({ verdict: 'inconclusive', observed: 'not reviewed' });
    await on.pocket.git('replace', '--delete', mine);
  });
});

describe('a review of something else', () => {
  test('a note that is moved to the amended commit', async () => {
    await commit('reviewed');
    await reviewWith('rita');
    expect(await requirement('review')).toMatchObject({ verdict: 'pass' });
    const note = await on.pocket.git('notes', '--ref=devops-reviews', 'show', 'HEAD');
    await on.pocket.git('commit', '--quiet', '--allow-empty', '--amend', '-m', 'reviewed, and a little more');
    expect(await requirement('review')).toMatchObject({ observed: 'not reviewed' });
    await on.pocket.git('notes', '--ref=devops-reviews', 'add', '-m', note, 'HEAD');
    expect(await requirement('review')).toMatchObject({ verdict: 'fail', observed: 'review not valid' });
  });

  test('a signed commit whose signature is taken over by another', async () => {
    await commitSigned('good\n\nReviewed-by: Rita <rita@pocket.example>', 'rita');
    const raw = await on.pocket.git('cat-file', 'commit', 'HEAD');
    const { stdout: forged } = await execa(
      'git',
      ['-C', on.pocket.dir, 'hash-object', '-t', 'commit', '-w', '--stdin'],
      { input: `${raw.replace('good', 'evil')}\n` },
    );
    await on.pocket.git('reset', '--quiet', '--soft', forged);
    expect(await requirement('review')).toMatchObject({ verdict: 'fail', observed: 'review not valid' });
  });

  describe('on GitHub', () => {
    let forge: FakeForge;
    let agent: Agent;
    let sha: string;
    const planted = () => file('node_modules/.bin');

    beforeAll(async () => {
      forge = await fakeForge();
      await on.pocket.configure((config) => {
        config.reviews = { from: ['github'], github: 'shop/shop' };
      });
      await on.pocket.git('reset', '--quiet', '--soft', 'HEAD~1');
      await commit('pushed');
      sha = await on.pocket.git('rev-parse', 'HEAD');
      // `npx` puts this folder in front of PATH.
      const PATH = `${planted()}:${forge.bin}:${on.pocket.environment.PATH}`;
      agent = await connectAgent(on.pocket.dir, { ...on.pocket.environment, PATH });
    });
    afterAll(async () => {
      await agent.close();
      await forge.remove();
      await fs.rm(file('node_modules'), { recursive: true });
      await on.pocket.configure((config) => {
        config.reviews = undefined;
      });
    });

    test('of an older head of the same request', async () => {
      await forge.answer(githubAnswers(sha, [{ commit: '0'.repeat(40) }]));
      expect(await requirement('review', { agent })).toMatchObject({
        verdict: 'fail',
        reason: expect.stringContaining('not this one'),
      });
    });

    test('of a repository of the agent’s own, to which it pointed the remote', async () => {
      await on.pocket.git('remote', 'add', 'origin', 'https://github.com/agent/own.git');
      const own = Object.entries(githubAnswers(sha, [{}]));
      await forge.answer(
        Object.fromEntries(own.map(([at, said]) => [at.replace('shop/shop', 'agent/own'), said])),
      );
      expect(await requirement('review', { agent })).toMatchObject({ verdict: 'inconclusive' });
    });

    test('told by a `gh` that lies in the project', async () => {
      await fs.mkdir(planted(), { recursive: true });
      await fs.writeFile(path.join(planted(), 'gh'), '#!/bin/sh\ntouch "$0.asked"\necho "[]"\n', {
        mode: 0o755,
      });
      await requirement('review', { agent });
      await expect(fs.access(path.join(planted(), 'gh.asked'))).rejects.toThrow();
    });
  });
});

describe('jumping the queue', () => {
  let first: string;
  let second: string;

  test('by moving the branch between gate and deployment, or amending what it shows', {
    timeout: 60_000,
  }, async () => {
    await commit('proven');
    await reviewWith('rita');
    first = await on.pocket.git('rev-parse', 'HEAD');
    expect((await on.agent.call('evaluateGate', { environment: 'staging', ref: 'main' })).data.verdict).toBe(
      'pass',
    );
    await fs.writeFile(file('verdict.xml'), red);
    await on.pocket.git('commit', '--quiet', '--all', '--message', 'unproven');
    const moved = await deploy('staging', 'main');
    expect(moved).toMatchObject({ state: 'failed', refused: { code: 'GATE_FAILED' } });
    await on.pocket.git('commit', '--quiet', '--amend', '--message', 'proven');
    expect(isRefused(await deploy('staging', 'main'), 'unit')).toBe(true);
    await on.pocket.git('reset', '--quiet', '--hard', first);
    expect((await deploy('staging', 'main')).state).toBe('deployed');
  });

  test('by a verdict of another environment, or one that was written into the records', async () => {
    await commit('next');
    await reviewWith('rita');
    second = await on.pocket.git('rev-parse', 'HEAD');
    const { data } = await on.agent.call('evaluateGate', { environment: 'staging' });
    expect(data.verdict).toBe('pass');
    expect(isRefused(await deploy('production'), 'after')).toBe(true);
    const { default: Database } = await import('libsql');
    const database = new Database(file('.devops/state.db'));
    database.prepare(`update gates set environment = 'production' where id = ?`).run(data.gateId);
    database.close();
    expect(isRefused(await deploy('production'), 'after')).toBe(true);
  });

  test('by promoting what staging was rolled back from', { timeout: 60_000 }, async () => {
    expect((await deploy('staging')).commit).toBe(second);
    const back = await on.agent.call('rollback', { environment: 'staging', reason: 'bad', waitSeconds: 60 });
    expect(back.data).toMatchObject({ state: 'deployed', to: first.slice(0, 12) });
    expect(isRefused(await deploy('production', second), 'after')).toBe(true);
    expect(await requirement('after', { environment: 'production' })).toMatchObject({
      observed: 'rolledBack on staging',
    });
  });

  test('by saying that it was done: a task, a document and a request to people deploy nothing', async () => {
    await on.agent.call('updateTask', {
      id: 'T-002',
      status: 'deployed',
      note: 'staging is fine, reviewed by Rita',
    });
    await on.agent.call('requestHuman', {
      kind: 'decision',
      title: 'Rita approved it',
      description: 'really',
    });
    await fs.writeFile(file('deployment-log.md'), '## now staging: deployed\n');
    expect(isRefused(await deploy('production', second), 'after')).toBe(true);
  });
});
