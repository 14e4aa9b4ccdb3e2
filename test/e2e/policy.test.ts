import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, createPocket, type Pocket } from './pocket.ts';

/** How people let a policy change, and a release pass that is not proven: what they see, sign, and leave behind. */

let pocket: Pocket;
let agent: Agent;
let sam: string;

beforeAll(async () => {
  pocket = await createPocket();
  sam = path.join(pocket.dir, '.git', 'sam');
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'sam', '-f', sam]);
  await writeFile(
    path.join(pocket.dir, '.approvers'),
    `sam@pocket.example ${await pocket.read('.git/sam.pub')}`,
  );
  await pocket.configure((config) => {
    config.checks.unit = { run: 'test ! -e red' };
    config.environments.staging.gate = { unit: '100%' };
    config.environments.production.gate = {};
    delete config.environments.production.after;
  });
  agent = await pocket.connect();
});
afterAll(async () => {
  await agent.close();
  await pocket.destroy();
});

const policyResult = async () =>
  (await agent.call('evaluateGate', { environment: 'staging' })).data.requirements.at(-1);
const final = async (deploymentId: string) =>
  (await agent.call('getDeployment', { deploymentId, waitSeconds: 30 })).data.deployment;

test('where nobody could sign, whoever stands at the terminal answers, and the record says so', async () => {
  expect(await policyResult()).toMatchObject({ name: 'policy', verdict: 'pass', observed: 'as first seen' });
  await pocket.configure((config) => {
    config.approvers = { stakeholder: { allowedSigners: '.approvers' } };
    config.environments.staging.strategy.bake = '1500ms';
  });
  expect(await policyResult()).toMatchObject({
    verdict: 'fail',
    reason: expect.stringContaining('approvers.stakeholder'),
    remedy: 'A person runs "devops-engineer approve policy", or the change is undone.',
  });
  expect(await pocket.command(['check'])).toMatchObject({
    exitCode: 2,
    stdout: expect.stringContaining('policy: weaker than approved policy'),
  });
  const signed = await pocket.command(['approve', 'policy', '--key', sam]);
  expect(signed).toMatchObject({
    exitCode: 4,
    stderr: expect.stringContaining('nobody whose signature would count'),
  });
  const approved = await pocket.cli(['approve', 'policy']);
  expect(approved.stdout).toMatch(
    /It demands less:\n {2}approvers\.stakeholder: .* was added\nWhat else changed:\n {2}environments\.staging\.strategy\.bake: 200ms became 1s500ms/,
  );
  expect(await policyResult()).toMatchObject({
    observed: 'as approved',
    reason: expect.stringContaining('unverified'),
  });
  expect((await pocket.command(['approve', 'policy', '--key', sam])).stderr).toContain('NO_CHANGE');
  const { entries } = (await agent.call('getAudit', { subject: 'policy' })).data;
  expect(entries.map(({ action, decision }: Record<string, string>) => [action, decision])).toEqual([
    ['policy.approve', 'unverified'],
    ['policy.answer.refused', 'SIGNATURE_REFUSED'],
    ['policy.change', 'weaker'],
    ['policy.firstUse', 'trusted'],
  ]);
  expect((await pocket.command(['audit', 'verify'])).exitCode).toBe(0);
});

test('a deployment under way goes on by the policy that it was started with', async () => {
  const { data } = await agent.call('deploy', { environment: 'staging', waitSeconds: 0 });
  const state = async () =>
    (await agent.call('getDeployment', { deploymentId: data.deploymentId })).data.deployment.state;
  await expect.poll(state, { timeout: 20_000 }).toBe('baking');
  const before = await pocket.read('devops.yaml');
  await pocket.configure(({ environments }) => {
    environments.staging.gate = {};
  });
  expect(await policyResult()).toMatchObject({ verdict: 'fail' });
  expect((await final(data.deploymentId)).state).toBe('deployed');
  await writeFile(path.join(pocket.dir, 'devops.yaml'), before);
});

test('one that waits for people meets the policy of the day on which they answer', async () => {
  await pocket.configure(({ environments }) => {
    environments.staging.approvals = { from: ['stakeholder'] };
  });
  const { data } = await agent.call('deploy', { environment: 'staging', waitSeconds: 20 });
  expect(data.state).toBe('waitingForApproval');
  const before = await pocket.read('devops.yaml');
  await pocket.configure(({ environments }) => {
    environments.staging.gate = {};
  });
  const late = await pocket.command(['approve', data.approvalRequest.requestId, '--key', sam]);
  expect([late.exitCode, late.stderr]).toEqual([4, expect.stringMatching(/^APPROVAL_VOID: .*policyDigest/)]);
  expect(await final(data.deploymentId)).toMatchObject({
    state: 'failed',
    failure: { code: 'APPROVAL_VOID', step: 'approval', message: expect.stringContaining('policyDigest') },
  });
  await writeFile(path.join(pocket.dir, 'devops.yaml'), before);
});

test('a release that a person lets pass says so wherever it is told of', async () => {
  await writeFile(path.join(pocket.dir, 'red'), '');
  await pocket.commit({}, 'red');
  expect((await agent.call('evaluateGate', { environment: 'staging' })).data.verdict).toBe('fail');
  const given = await pocket.cli([
    ...['override', 'staging', 'unit', '--key', sam, '--until', '1h'],
    ...['--reason', 'The file is a leftover and harms nothing.'],
  ]);
  expect(given).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(
      /unit in the staging gate is fail\n {2}required .*\n {2}observed 0 of 1 passed/,
    ),
  });
  const plan = await agent.call('deploy', { environment: 'staging', dryRun: true });
  const { data, text } = await agent.call('deploy', { environment: 'staging', waitSeconds: 20 });
  for (const lines of [plan.text.split('\n'), text.split('\n')]) {
    expect(lines[1]).toMatch(
      /^OVERRIDDEN unit, by sam@pocket\.example as stakeholder until .*: 0 of 1 passed/,
    );
    expect(lines.slice(2, 5).join('\n')).toContain('unit: The file is a leftover');
  }
  expect(data).toMatchObject({ state: 'waitingForApproval', overrides: [{ name: 'unit' }] });
  const approved = await pocket.command(['approve', data.approvalRequest.requestId, '--key', sam]);
  expect(approved.stdout).toContain('unit: overridden by sam@pocket.example: 0 of 1 passed');
  expect(await final(data.deploymentId)).toMatchObject({ state: 'deployed', overrides: [{ name: 'unit' }] });
  expect((await pocket.read('deployment-log.md')).split('## ').at(-1)).toMatch(
    /- \*\*Overridden\*\*: unit did not count\n {2}- unit by sam@pocket\.example as stakeholder, until .*: The file is a leftover/,
  );
});
