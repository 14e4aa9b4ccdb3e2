import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, createPocket, type Pocket } from './pocket.ts';

/** Reviews and approvals: what people sign with their keys, and how they end. Forged ones: `redteam/forged-approvals.test.ts`. */

let pocket: Pocket;
let agent: Agent;

async function makeKey(name: string): Promise<string> {
  const file = path.join(pocket.dir, '.git', name);
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
  return file;
}
const allow = async (file: string, email: string, key: string) =>
  writeFile(path.join(pocket.dir, file), `${email} ${await pocket.read(`.git/${path.basename(key)}.pub`)}`);

let stakeholder: string;
let reviewer: string;
let author: string;

beforeAll(async () => {
  pocket = await createPocket();
  [stakeholder, reviewer, author] = [
    await makeKey('stakeholder'),
    await makeKey('reviewer'),
    await makeKey('author'),
  ];
  await allow('.approvers', 'sam@pocket.example', stakeholder);
  await allow('.reviewers', 'rita@pocket.example', reviewer);
  await pocket.configure((config) => {
    config.approvers = {
      stakeholder: { allowedSigners: '.approvers' },
      reviewer: { allowedSigners: '.reviewers' },
    };
    config.environments.staging.gate = { review: 'approved' };
    config.environments.staging.approvals = { required: 1, from: ['stakeholder'], level: 'signed' };
  });
  agent = await pocket.connect();
});
afterAll(async () => {
  await agent.close();
  await pocket.destroy();
});

const review = async () =>
  (await agent.call('evaluateGate', { environment: 'staging' })).data.requirements[0];

async function waiting(): Promise<{ deploymentId: string; requestId: string; humanRequestId: string }> {
  const { data } = await agent.call('deploy', { environment: 'staging', waitSeconds: 20 });
  expect(data.state).toBe('waitingForApproval');
  return { deploymentId: data.deploymentId, ...data.approvalRequest };
}
const final = async (deploymentId: string) =>
  (await agent.call('getDeployment', { deploymentId, waitSeconds: 30 })).data.deployment;

test('a commit counts as reviewed only with a reviewer’s signature over that very commit', async () => {
  expect(await review()).toMatchObject({ name: 'review', verdict: 'inconclusive', observed: 'not reviewed' });
  await pocket.command(['review', 'HEAD', '--key', author]);
  expect(await review()).toMatchObject({ verdict: 'fail', observed: 'review not valid' });
  expect((await pocket.command(['review', 'HEAD', '--key', reviewer])).exitCode).toBe(0);
  expect(await review()).toMatchObject({ verdict: 'pass', observed: 'approved by rita@pocket.example' });
  const note = await pocket.git('notes', '--ref=devops-reviews', 'show', 'HEAD');
  await pocket.commit({}, 'next');
  await pocket.git('notes', '--ref=devops-reviews', 'add', '-m', note, 'HEAD');
  expect(await review()).toMatchObject({ verdict: 'fail', observed: 'review not valid' });
  await allow('.reviewers', 'ada@pocket.example', reviewer);
  await pocket.command(['review', 'HEAD', '--key', reviewer]);
  expect(await review()).toMatchObject({ verdict: 'fail', observed: 'reviewed by its author' });
  await allow('.reviewers', 'rita@pocket.example', reviewer);
  await pocket.command(['review', 'HEAD', '--key', reviewer]);
  expect(await review()).toMatchObject({ verdict: 'pass' });
});

test('a deployment waits, without holding the environment, until the right person signs', async () => {
  const { deploymentId, requestId, humanRequestId } = await waiting();
  expect(await pocket.read('human-requests.md')).toContain(requestId);
  expect((await agent.call('getDeployment', { deploymentId })).text).toContain(
    `a person runs "devops-engineer approve ${requestId}"`,
  );
  await expect
    .poll(() => pocket.messages)
    .toContainEqual(expect.objectContaining({ event: 'approvalNeeded', subject: requestId }));

  const shown = await pocket.command(['status', 'staging']);
  expect(shown.stdout).toContain(`deploy ${deploymentId} of`);
  expect(shown.stdout).toContain(
    `waits for people, 0 of 1 approved; see "devops-engineer approve ${requestId} --statement"`,
  );

  const unsigned = await pocket.cli(['approve', requestId]);
  expect([unsigned.exitCode, unsigned.stderr]).toEqual([4, expect.stringContaining('SIGNATURE_REFUSED')]);
  const stranger = await pocket.command(['approve', requestId, '--key', author]);
  expect([stranger.exitCode, stranger.stderr]).toEqual([4, expect.stringContaining('SIGNATURE_REFUSED')]);
  expect((await final(deploymentId)).state).toBe('waitingForApproval');

  const approved = await pocket.cli(['approve', humanRequestId, '--key', stakeholder]);
  expect([approved.exitCode, approved.stdout]).toEqual([
    0,
    expect.stringContaining('approved by sam@pocket.example (signed)'),
  ]);
  expect(approved.stdout).toContain('Plan:');
  expect(await final(deploymentId)).toMatchObject({ state: 'deployed', approvalStatus: 'approved' });
  expect(await pocket.read('human-requests.md')).toMatch(/Resolved[\s\S]*REQ-1001[\s\S]*resolved\. approved/);
  expect(await pocket.read('deployment-log.md')).toContain('sam@pocket.example as stakeholder, signed');
  expect((await pocket.command(['approve', requestId, '--key', stakeholder])).exitCode).toBe(3);
});

test('a rejection ends it with the reason', async () => {
  const { deploymentId, requestId } = await waiting();
  await pocket.command(['approve', requestId, '--reject', '--reason', 'not today', '--key', stakeholder]);
  expect(await final(deploymentId)).toMatchObject({
    state: 'failed',
    failure: { code: 'APPROVAL_REJECTED', message: expect.stringContaining('not today') },
  });
  const log = async () => (await pocket.read('deployment-log.md')).split(/^## /m).at(-1);
  await expect.poll(log).toContain(deploymentId);
  expect(await log()).toMatch(
    /: failed\n[\s\S]*APPROVAL_REJECTED[\s\S]*not today[\s\S]*signed, \S+: rejected/,
  );
});

test('who asks for the same again gets the same answer, and nobody is asked twice', async () => {
  const first = await waiting();
  const asked = await pocket.read('human-requests.md');
  const again = await Promise.all([waiting(), waiting()]);
  for (const { deploymentId, requestId } of again)
    expect([deploymentId, requestId]).toEqual([first.deploymentId, first.requestId]);
  expect(await pocket.read('human-requests.md')).toBe(asked);
  const { data: audit } = await agent.call('getAudit', { subject: first.deploymentId });
  expect(audit.entries.filter(({ action }: { action: string }) => action === 'deploy.repeat')).toHaveLength(
    2,
  );

  // For a task of its own, under another policy, or of a deployment that is to end, it is something else.
  const { data: forTask } = await agent.call('deploy', {
    environment: 'staging',
    taskId: 'T-002',
    waitSeconds: 20,
  });
  expect(forTask.state).toBe('waitingForApproval');
  const before = await pocket.read('devops.yaml');
  await pocket.configure(({ environments }) => {
    environments.staging.strategy.bake = '300ms';
  });
  const changed = await waiting();
  await pocket.edit('devops.yaml', () => before);
  expect((await waiting()).requestId).toBe(first.requestId);
  const ids = new Set([first, forTask, changed].map(({ deploymentId }) => deploymentId));
  expect(ids.size).toBe(3);
  for (const deploymentId of ids)
    await agent.call('cancelDeployment', { deploymentId, reason: 'nobody needs it' });
  const next = await waiting();
  expect([...ids]).not.toContain(next.deploymentId);
  await agent.call('cancelDeployment', { deploymentId: next.deploymentId, reason: 'nobody needs it' });
});

test('an approval is void when the policy changed after it was asked for', async () => {
  const { deploymentId, requestId } = await waiting();
  await pocket.configure(({ environments }) => {
    environments.staging.strategy.bake = '600ms';
  });
  await pocket.command(['approve', requestId, '--key', stakeholder]);
  expect(await final(deploymentId)).toMatchObject({
    state: 'failed',
    failure: { code: 'APPROVAL_VOID', message: expect.stringContaining('policyDigest') },
  });
});

test('a cancelled deployment takes its request with it', async () => {
  const { deploymentId, requestId } = await waiting();
  await agent.call('cancelDeployment', { deploymentId, reason: 'changed our mind' });
  expect((await final(deploymentId)).state).toBe('cancelled');
  expect((await pocket.command(['approve', requestId, '--key', stakeholder])).exitCode).toBe(3);
});

test('one that nobody answers in time expires', async () => {
  await pocket.configure(({ environments }) => {
    environments.staging.approvals.expires = '1s';
  });
  const { deploymentId } = await waiting();
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect((await waiting()).deploymentId).not.toBe(deploymentId); // a yes would come too late
  expect(await final(deploymentId)).toMatchObject({ state: 'failed', failure: { code: 'APPROVAL_EXPIRED' } });
});
