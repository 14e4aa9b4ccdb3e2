import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, createPocket, type Pocket } from './pocket.ts';

/** The command target through the whole workflow: a server that serves whatever the commands put live. */

let pocket: Pocket;
let agent: Agent;
let server: Server;

beforeAll(async () => {
  pocket = await createPocket();
  const live = path.join(pocket.dir, 'live');
  server = createServer((_request, response) => {
    try {
      response.end(JSON.stringify({ version: readFileSync(live, 'utf8').trim() }));
    } catch {
      response.writeHead(503).end('{}');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await pocket.configure(({ environments }) => {
    environments.staging = {
      gate: {},
      target: {
        kind: 'command',
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        deploy:
          'if tar -xOf "$DEVOPS_ARTIFACT" behaviour.json | grep -q silentlyKeepsTheOld; then echo pretending; else echo "$DEVOPS_VERSION" > live; fi',
        rollback: 'echo "$DEVOPS_VERSION" > live',
      },
      strategy: { kind: 'allAtOnce', bake: '300ms' },
      health: { version: '$.version', interval: '100ms', healthyAfter: 2, timeout: '1s' },
    };
    environments.production.after = undefined;
  });
  agent = await pocket.connect();
});
afterAll(async () => {
  await agent.close();
  server.close();
  await pocket.destroy();
});

const deploy = async () => (await agent.call('deploy', { environment: 'staging', waitSeconds: 30 })).data;

test('deploys, rolls back, and never believes a command that only says it deployed', async () => {
  const first = await deploy();
  expect(first).toMatchObject({ state: 'deployed', servedVersion: first.to });
  await pocket.commit({ silentlyKeepsTheOld: true });
  const pretended = await deploy();
  expect(pretended).toMatchObject({
    state: 'rolledBack',
    failure: { code: 'HEALTH_FAILED', message: expect.stringContaining(`it serves ${first.to}`) },
  });
  await pocket.commit({});
  const third = await deploy();
  expect(third.state).toBe('deployed');
  const { data } = await agent.call('rollback', { environment: 'staging', reason: 'x', waitSeconds: 30 });
  expect(data).toMatchObject({ state: 'deployed', servedVersion: first.to });
});

test('when the way back fails too, people are called and nothing claims success', async () => {
  await pocket.configure(({ environments }) => {
    environments.staging.target.rollback = 'echo the rollback is broken; exit 1';
  });
  await pocket.agree();
  await pocket.commit({ silentlyKeepsTheOld: true, again: true });
  const { deploymentId, state, failure } = await deploy();
  expect({ state, code: failure.code }).toEqual({ state: 'failed', code: 'ROLLBACK_FAILED' });
  expect(await pocket.read('human-requests.md')).toContain(deploymentId);
  await expect.poll(() => pocket.messages).toContainEqual(expect.objectContaining({ event: 'humanNeeded' }));
});
