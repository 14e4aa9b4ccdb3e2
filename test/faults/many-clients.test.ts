import * as fs from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, createPocket, type Pocket } from '../e2e/pocket.ts';

/** Many clients, each with a server of its own, that ask for a deployment at the same time. */

const count = process.env.FAULTS === 'full' ? 20 : 5;
const names = Array.from({ length: count }, (_, index) => `region${index + 1}`);

let pocket: Pocket;
let agents: Agent[];
let live: Server;

beforeAll(async () => {
  pocket = await createPocket();
  await fs.mkdir(path.join(pocket.dir, '.git', 'live'));
  live = createServer(async (request, response) => {
    const file = path.join(pocket.dir, '.git', 'live', path.basename(request.url ?? ''));
    const version = await fs.readFile(file, 'utf8').catch(() => '');
    response.end(JSON.stringify({ version: version.trim() }));
  });
  await new Promise<void>((resolve) => live.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(live.address() as AddressInfo).port}`;
  await pocket.configure((config) => {
    // Nobody's deployment ends before everybody was answered, however slow the machine is.
    const wait = 'while [ ! -e .git/answered ]; do sleep 0.1; done';
    const environment = (name: string) => ({
      gate: {},
      target: {
        kind: 'command',
        url,
        deploy: `echo "$DEVOPS_DEPLOYMENT_ID" >> .git/ran-${name}; ${wait}; echo "$DEVOPS_VERSION" > .git/live/${name}`,
        rollback: 'true',
      },
      strategy: { kind: 'allAtOnce', bake: '0s' },
      health: { path: `/${name}`, version: '$.version', interval: '100ms', healthyAfter: 1, timeout: '60s' },
    });
    config.environments = Object.fromEntries(['staging', ...names].map((name) => [name, environment(name)]));
  });
  agents = await Promise.all(names.map(() => pocket.connect()));
});
afterAll(async () => {
  await Promise.all((agents ?? []).map((agent) => agent.close()));
  live?.close();
  await pocket?.destroy();
});

test(`${count} at once to one environment: one runs, and each of the others is told which`, async () => {
  const asked = await Promise.all(
    agents.map((agent) => agent.call('deploy', { environment: 'staging', waitSeconds: 0 })),
  );
  await fs.writeFile(path.join(pocket.dir, '.git', 'answered'), '');
  const accepted = asked.filter(({ isError }) => !isError);
  expect(accepted).toHaveLength(1);
  const [{ data: winner }] = accepted as [(typeof accepted)[0]];
  for (const { isError, data } of asked) {
    if (!isError) continue;
    expect(data.error).toMatchObject({ code: 'ENVIRONMENT_BUSY', retryable: true });
    expect(data.error.message).toContain(winner.deploymentId);
  }
  const [first] = agents as [Agent];
  const { data } = await first.call('getDeployment', {
    deploymentId: winner.deploymentId,
    waitSeconds: 60,
  });
  expect(data.deployment).toMatchObject({ state: 'deployed', servedVersion: winner.to });
  const ran = (await pocket.read('.git/ran-staging')).trim().split('\n');
  expect(ran).toEqual([winner.deploymentId]);
});

test(`${count} at once to as many environments: all run`, async () => {
  const asked = await Promise.all(
    agents.map((agent, index) => agent.call('deploy', { environment: names[index], waitSeconds: 0 })),
  );
  const ended = await Promise.all(
    agents.map(async (agent, index) => {
      const { deploymentId } = asked[index]?.data ?? {};
      return (await agent.call('getDeployment', { deploymentId, waitSeconds: 100 })).data.deployment;
    }),
  );
  expect(ended.map(({ environment, state, failure }) => [environment, state, failure?.message])).toEqual(
    names.map((name) => [name, 'deployed', undefined]),
  );
  const artifacts = new Set(ended.map(({ artifact }) => JSON.stringify(artifact)));
  expect(artifacts.size).toBe(1); // built once, for all of them
}, 180_000);
