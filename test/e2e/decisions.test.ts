import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { usePocket } from './pocket.ts';

/** What people decide around a deployment: that it goes in spite of the calendar, or although too little was seen. */

const on = usePocket(undefined, { here: true });
let key: string;

beforeAll(async () => {
  key = path.join(on.pocket.dir, '.git', 'sam');
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'sam', '-f', key]);
  await writeFile(
    path.join(on.pocket.dir, '.approvers'),
    `sam@pocket.example ${await on.pocket.read('.git/sam.pub')}`,
  );
  await on.pocket.configure((config) => {
    config.approvers = { stakeholder: { allowedSigners: '.approvers' } };
    config.environments.staging.gate = {};
    config.environments.staging.approvals = { required: 1, from: ['stakeholder'], level: 'signed' };
  });
});

const change = (edit: (staging: Record<string, unknown>) => void) =>
  on.pocket.configure(({ environments }) => edit(environments.staging));
const letCount = async () =>
  expect(
    (await on.pocket.command(['approve', 'policy', '--key', key, '--reason', 'as this test needs it']))
      .stdout,
  ).toMatch(/approved|counts/i);
const decide = (requirement: string) =>
  on.pocket.command([
    ...['override', 'staging', requirement, '--key', key, '--until', '1h'],
    ...['--reason', 'The sale begins tonight, see INC-12.'],
  ]);
/** A deployment that a person has approved. */
async function deploy(): Promise<string> {
  const { data } = await on.agent.call('deploy', { environment: 'staging', waitSeconds: 20 });
  expect(data.state).toBe('waitingForApproval');
  const approved = await on.pocket.command(['approve', data.approvalRequest.requestId, '--key', key]);
  expect(approved.exitCode).toBe(0);
  return data.deploymentId;
}
const end = async (deploymentId: string) =>
  (await on.agent.call('getDeployment', { deploymentId, waitSeconds: 40 })).data.deployment;

test('a freeze is for everybody, until a person signs that it does not count for this commit', async () => {
  await change((staging) => {
    staging.freeze = [
      { from: 'Mon 00:00', to: 'Thu 00:00', timezone: 'Europe/Berlin' },
      { from: 'Thu 00:00', to: 'Mon 00:00', timezone: 'Europe/Berlin' },
    ];
  });
  const { data } = await on.agent.call('deploy', { environment: 'staging' });
  expect(data).toMatchObject({ state: 'failed', refused: { code: 'FROZEN' } });
  const told = await on.agent.call('getDeployment', { deploymentId: data.deploymentId });
  expect(told.data.deployment.failure.remedy).toContain('devops-engineer override staging freeze --ref');

  expect(await decide('freeze')).toMatchObject({ exitCode: 0 });
  expect(await end(await deploy())).toMatchObject({ state: 'deployed' });
  await on.pocket.commit({}, 'another commit');
  const again = await on.agent.call('deploy', { environment: 'staging' });
  expect(again.data).toMatchObject({ state: 'failed', refused: { code: 'FROZEN' } });
  await change((staging) => delete staging.freeze);
  await letCount();
});

const probe = (more: Record<string, unknown>) => ({
  minRequests: 1,
  probes: { served: { url: '/stats', value: '$.served', interval: '100ms', minSamples: 2, ...more } },
});
const strategy = (more: Record<string, unknown>) => ({
  kind: 'allAtOnce',
  bake: '1s',
  patience: '30s',
  analysis: probe(more),
});

test('a number of the release itself lets it pass, or takes it back', async () => {
  await change((staging) => {
    staging.strategy = strategy({ limit: '<= 1000' });
  });
  await letCount();
  expect(await end(await deploy())).toMatchObject({ state: 'deployed' });
  await change((staging) => {
    staging.strategy = strategy({ limit: '<= 1', failureLimit: 1 });
  });
  await letCount();
  await on.pocket.commit({}, 'counts too far');
  expect(await end(await deploy())).toMatchObject({
    state: 'rolledBack',
    failure: {
      code: 'ANALYSIS_FAILED',
      message: expect.stringMatching(/served is 3, required <= 1, 2 samples were, 1 are forgiven/),
    },
  });
});

test('where nothing can be seen it pauses, and goes on when a person signs that it may', async () => {
  await change((staging) => {
    staging.strategy = strategy({ url: 'http://127.0.0.1:9999/stats', limit: '<= 1' });
  });
  await letCount();
  await on.pocket.commit({}, 'nobody can tell');
  const deploymentId = await deploy();
  await expect
    .poll(() => on.pocket.read('human-requests.md'), { timeout: 20_000 })
    .toContain('served has 0 of the 2 samples that the analysis needs');
  const paused = (await on.agent.call('getDeployment', { deploymentId, log: { lines: 20 } })).data;
  expect(paused.deployment.state).toBe('baking');
  expect(JSON.stringify(paused.log)).toContain('paused: ');
  expect(await decide('analysis')).toMatchObject({ exitCode: 0 });
  const ended = await end(deploymentId);
  expect(ended).toMatchObject({ state: 'deployed' });
  expect(await on.pocket.read('human-requests.md')).toContain('has ended.');
});
