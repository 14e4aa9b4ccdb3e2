import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { usePocket } from '../e2e/pocket.ts';
import { stateRows } from '../state-rows.ts';

/** Changes of infrastructure: real commands in a checkout, behind gate, approval, lock and journal. */

const on = usePocket((config) => {
  config.environments.staging.gate = { unit: '100%' };
  const store = '"$STORE"';
  config.runbooks = {
    resize: {
      description: 'Resizes the cache.',
      environment: 'staging',
      parameters: { megabytes: { type: 'integer', minimum: 1, maximum: 512 } },
      plan: `echo "from $(cat ${store}/size 2>/dev/null || echo nothing) to $PARAM_MEGABYTES"`,
      apply: `echo "$PARAM_MEGABYTES" > ${store}/size; echo applied >> ${store}/calls; sleep "\${SLOW:-0}"`,
      verify: `test "$(cat ${store}/size)" -le 256`,
      undo: `rm ${store}/size`,
      passEnvironment: ['STORE', 'SLOW'],
    },
    once: {
      description: 'Must not be applied twice.',
      environment: 'staging',
      apply: `echo applied >> ${store}/once; sleep 3`,
      passEnvironment: ['STORE'],
    },
    slow: {
      description: 'Takes a while, and can be taken back.',
      environment: 'staging',
      apply: `echo there > ${store}/slow; sleep 2`,
      undo: `echo undone > ${store}/slow`,
      passEnvironment: ['STORE'],
    },
    broken: {
      description: 'Fails, and nobody can take it back.',
      environment: 'staging',
      apply: 'echo the quota is used up; exit 4',
    },
  };
});
const run = async (runbook: string, args: Record<string, unknown> = {}) =>
  (await on.agent.call('runRunbook', { runbook, waitSeconds: 40, ...args })).data;
const stored = (file: string) => on.pocket.read(`.git/${file}`).then((text) => text.trim());
const follow = async (deploymentId: string) =>
  (await on.agent.call('getDeployment', { deploymentId, waitSeconds: 40 })).data.deployment;

beforeAll(async () => {
  // The server hands through what it was started with.
  on.pocket.environment.STORE = path.join(on.pocket.dir, '.git');
  await on.agent.close();
  on.agent = await on.pocket.connect();
});

test('the plan shows the steps with their values, and what is wrong is said before anything runs', async () => {
  const plan = await run('resize', { parameters: { megabytes: 64 }, dryRun: true });
  expect(plan.state).toBe('planned');
  expect(plan.steps.join('\n')).toMatch(/gate: [\s\S]*apply: runbook resize .*with PARAM_MEGABYTES=64/);
  expect((await run('resize', { parameters: { megabytes: 1024 } })).error).toMatchObject({
    code: 'INVALID_ARGUMENTS',
    remedy: 'Give a whole number from 1 to 512.',
  });
  expect((await run('grow')).error.remedy).toBe('Name one of: resize, once, slow, broken.');
});

test('it passes the gate, plans, applies and verifies, and its task is completed', async () => {
  const done = await run('resize', { parameters: { megabytes: 64 }, taskId: 'T-002' });
  expect(done).toMatchObject({ state: 'deployed' });
  const deployment = await follow(done.deploymentId);
  expect(deployment.steps.map(({ name }: { name: string }) => name).slice(0, 6)).toEqual([
    ...['beginTask', 'gate', 'admit', 'plan', 'apply', 'verify'],
  ]);
  expect(await stored('size')).toBe('64');
  const { data } = await on.agent.call('filterTasks', { ids: ['T-002'], status: '*', fields: ['status'] });
  expect(data.tasks[0].status).toBe('completed');
  expect(await on.pocket.read('deployment-log.md')).toContain(`**Runbook**: ${done.deploymentId}`);
  const { data: log } = await on.agent.call('getDeployment', {
    deploymentId: done.deploymentId,
    log: { lines: 50, match: 'from nothing to 64' },
  });
  expect(log.log.lines).toHaveLength(1);
});

test('what does not verify is taken back; what cannot be taken back calls people', async () => {
  const undone = await run('resize', { parameters: { megabytes: 300 } });
  expect(undone).toMatchObject({ state: 'rolledBack', failure: { code: 'RUNBOOK_FAILED', step: 'verify' } });
  await expect(stored('size')).rejects.toThrow('ENOENT');
  const broken = await run('broken');
  expect(broken).toMatchObject({ state: 'failed', failure: { code: 'RUNBOOK_FAILED', step: 'apply' } });
  expect(broken.failure.message).toContain('the quota is used up');
  expect(await on.pocket.read('human-requests.md')).toContain(broken.deploymentId);
});

test('a runner that is killed while it applies is not repeated unless that was allowed: unknown, and people are called', async () => {
  const { deploymentId } = await run('once', { waitSeconds: 0 });
  await expect.poll(() => stored('once').catch(() => '')).toBe('applied');
  await execa('pkill', ['-9', '-f', `internal run deployment ${deploymentId}`]);
  const ended = await follow(deploymentId);
  expect(ended).toMatchObject({ state: 'unknown', failure: { code: 'INTERRUPTED' } });
  expect(await stored('once')).toBe('applied');
  expect((await on.agent.call('deploy', { environment: 'staging', dryRun: true })).isError).toBe(false);
});

test('cancelled while it applies, it is taken back; its answers name it', async () => {
  const { deploymentId } = await run('slow', { waitSeconds: 0 });
  await expect.poll(() => stored('slow').catch(() => '')).toBe('there');
  await on.agent.call('cancelDeployment', { deploymentId, reason: 'another time' });
  const ended = await on.agent.call('getDeployment', { deploymentId, waitSeconds: 40 });
  expect(ended.data.deployment).toMatchObject({
    state: 'rolledBack',
    runbook: { name: 'slow', parameters: {} },
    failure: { code: 'CANCELLED' },
  });
  expect(ended.text).toContain(`${deploymentId}: runbook slow on staging: rolledBack`);
  expect(await stored('slow')).toBe('undone');
});

test('a red gate keeps it out, and a signed approval is for these very parameters', async () => {
  await on.pocket.commit({ redUnitTest: true }, 'red');
  expect(await run('resize', { parameters: { megabytes: 8 } })).toMatchObject({
    refused: { code: 'GATE_FAILED' },
  });
  await on.pocket.commit({}, 'green');
  const key = path.join(on.pocket.dir, '.git', 'sam');
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'sam', '-f', key]);
  const signers = `sam@pocket.example ${await on.pocket.read('.git/sam.pub')}`;
  await writeFile(path.join(on.pocket.dir, '.approvers'), signers);
  await on.pocket.configure((config) => {
    config.approvers = { stakeholder: { allowedSigners: '.approvers' } };
    config.environments.staging.approvals = { required: 1, from: ['stakeholder'], level: 'signed' };
  });
  await on.pocket.agree();
  const asked = await run('resize', { parameters: { megabytes: 8 } });
  expect(asked.state).toBe('waitingForApproval');
  const [same, other] = [8, 9].map((megabytes) => run('resize', { parameters: { megabytes } }));
  expect((await same)?.deploymentId).toBe(asked.deploymentId); // nobody is asked twice
  const { deploymentId: otherId } = await other;
  expect(otherId).not.toBe(asked.deploymentId);
  await on.agent.call('cancelDeployment', { deploymentId: otherId, reason: 'too much' });
  const others = JSON.stringify({ name: 'resize', parameters: { megabytes: 200 } });
  stateRows(on.pocket.dir, 'update deployments set runbook = ? where id = ?', others, asked.deploymentId);
  const approved = await on.pocket.command(['approve', asked.approvalRequest.requestId, '--key', key]);
  expect(approved.stdout).toContain('PARAM_MEGABYTES=8');
  expect(await follow(asked.deploymentId)).toMatchObject({
    state: 'failed',
    failure: { code: 'APPROVAL_VOID', message: expect.stringContaining('runbook') },
  });
  const again = await run('resize', { parameters: { megabytes: 8 } });
  await on.pocket.command(['approve', again.approvalRequest.requestId, '--key', key]);
  expect(await follow(again.deploymentId)).toMatchObject({ state: 'deployed' });
  expect(await stored('size')).toBe('8');
});
