import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, createPocket, type Pocket } from './pocket.ts';

/** What must not stop a deployment, and what must not be lost with it. */

let pocket: Pocket;

beforeAll(async () => {
  pocket = await createPocket();
  await pocket.configure(({ environments }) => {
    environments.staging.strategy.bake = '2s';
  });
});
afterAll(() => pocket.destroy());

const served = async () =>
  ((await (await fetch(`http://127.0.0.1:${pocket.ports.staging}/healthz`)).json()) as { version: string })
    .version;

async function withAgent<T>(use: (agent: Agent) => Promise<T>): Promise<T> {
  const agent = await pocket.connect();
  try {
    return await use(agent);
  } finally {
    await agent.close();
  }
}

const follow = (deploymentId: string) =>
  withAgent(
    async (agent) => (await agent.call('getDeployment', { deploymentId, waitSeconds: 40 })).data.deployment,
  );

test('kill -9 of the MCP server right after deploy does not stop it: a new server reports it deployed', async () => {
  const agent = await pocket.connect();
  const { data } = await agent.call('deploy', { environment: 'staging', taskId: 'T-002', waitSeconds: 0 });
  process.kill(agent.pid, 'SIGKILL');
  const deployment = await follow(data.deploymentId);
  expect(deployment).toMatchObject({ state: 'deployed', servedVersion: data.commit.slice(0, 12) });
  expect(JSON.parse(await pocket.read('tasks.json'))[1].status).toBe('deployed');
  await agent.close().catch(() => undefined);
});

test('kill -9 of the runner in the middle: the next call adopts the deployment and brings it to its end, once', async () => {
  await pocket.commit({}, 'second');
  const id = await withAgent(async (agent) => {
    const { data } = await agent.call('deploy', { environment: 'staging', waitSeconds: 0 });
    await expect
      .poll(
        async () =>
          (await agent.call('getDeployment', { deploymentId: data.deploymentId })).data.deployment.state,
        {
          timeout: 20_000,
        },
      )
      .toBe('baking');
    return data.deploymentId as string;
  });
  const { execa } = await import('execa');
  await execa('pkill', ['-9', '-f', `internal run deployment ${id}`]);
  const deployment = await follow(id);
  expect(deployment.state).toBe('deployed');
  expect(await served()).toBe(deployment.version);
  await expect
    .poll(() => pocket.messages.filter(({ subject, event }) => subject === id && event === 'deployed').length)
    .toBe(1);
  expect((await pocket.read('deployment-log.md')).match(new RegExp(id, 'g'))).toHaveLength(1);
  const again = await withAgent((agent) => agent.call('deploy', { environment: 'staging', dryRun: true }));
  expect(again.isError).toBe(false);
});

test('kill -9 of the process host: the release goes on, and a rollback brings the old one back', async () => {
  const { execa } = await import('execa');
  await execa('pkill', ['-9', '-f', `internal process-host --state ${pocket.dir}/.devops/targets/staging`]);
  const { data } = await withAgent((agent) =>
    agent.call('rollback', { environment: 'staging', reason: 'the host died', waitSeconds: 30 }),
  );
  expect(data.state).toBe('deployed');
  expect(await served()).toBe(data.to);
});

test('a client that goes away in the middle of a gate finds its result later', async () => {
  await pocket.commit({}, 'third');
  await pocket.configure(({ checks }) => {
    checks.unit.run = `sleep 1; ${checks.unit.run}`;
  });
  await pocket.agree();
  const first = await withAgent((agent) =>
    agent.call('evaluateGate', { environment: 'staging', waitSeconds: 0.1 }),
  );
  expect(first.data.verdict).toBe('running');
  await new Promise((resolve) => setTimeout(resolve, 500));
  const second = await withAgent((agent) =>
    agent.call('evaluateGate', { environment: 'staging', waitSeconds: 30 }),
  );
  expect(second.data).toMatchObject({ gateId: first.data.gateId, verdict: 'pass' });
});

test('checkouts that a killed run left behind are removed by the next one', async () => {
  await pocket.commit({}, 'fourth');
  await pocket.configure(({ checks }) => {
    checks.unit.run = 'sleep 30';
  });
  const { data } = await withAgent((agent) =>
    agent.call('evaluateGate', { environment: 'staging', waitSeconds: 1.5 }),
  );
  const { execa } = await import('execa');
  await execa('pkill', ['-9', '-f', `internal run gate ${data.gateId}`]);
  const leftovers = async () => (await execa('ls', [`${pocket.dir}/.devops/worktrees`])).stdout;
  expect(await leftovers()).toContain('unit.');
  await pocket.configure(({ checks }) => {
    checks.unit.run = 'true';
  });
  await withAgent((agent) => agent.call('evaluateGate', { environment: 'staging', waitSeconds: 30 }));
  expect(await leftovers()).toBe('');
  expect(await pocket.git('worktree', 'list')).not.toContain('.devops');
});
