import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLoad } from '../deployments/targets/load.ts';
import { type Agent, createPocket, type Pocket } from '../e2e/pocket.ts';
import { type LoadBalancer, startLoadBalancer } from '../testbed/load-balancer.ts';
import { askVersion } from '../testbed/served-versions.ts';
import { type SshTestbed, startSshHosts } from '../testbed/ssh-hosts.ts';

/** Two hosts behind a haproxy, one after the other, forward and back, while clients ask. `FAULTS=full`: 1,000 times a second. */

const isFull = process.env.FAULTS === 'full';
/** Each connection asks ten times a second: a request of 20 ms, and a pause. */
const connections = isFull ? 110 : 20;
const rate = 10 * connections;
const pauseMs = 80;

let testbed: SshTestbed;
let balancer: LoadBalancer;
let pocket: Pocket;
let agent: Agent;

beforeAll(async () => {
  testbed = await startSshHosts(2);
  balancer = await startLoadBalancer(testbed);
  pocket = await createPocket();
  await pocket.configure(({ environments }) => {
    environments.staging = {
      gate: {},
      target: {
        ...testbed.config,
        ...balancer.config,
        version: askVersion('$PORT'),
      },
      strategy: { kind: 'rolling', maxUnavailable: 1, watch: '500ms', bake: '500ms' },
      health: { version: '$.version', interval: '100ms', healthyAfter: 2, timeout: '10s' },
    };
    environments.production.after = undefined;
  });
  agent = await pocket.connect();
});
afterAll(async () => {
  await agent?.close();
  await balancer?.stop();
  await pocket?.destroy();
  await testbed?.destroy();
});

test('a rolling release and the way back lose no request', async () => {
  const run = async (tool: string, args: Record<string, unknown> = {}) => {
    const { data } = await agent.call(tool, { environment: 'staging', waitSeconds: 60, ...args });
    expect([data.state, data.failure]).toEqual(['deployed', undefined]);
    return data;
  };
  const one = await run('deploy');
  const load = startLoad(`${balancer.url}/?ms=20`, connections, pauseMs);
  await pocket.commit({}, 'second');
  const two = await run('deploy');
  expect(two.servedVersion).not.toBe(one.servedVersion);
  expect(await run('rollback', { reason: 'to see it under load' })).toMatchObject({
    servedVersion: one.servedVersion,
  });
  await load.stop();
  const total = [...load.answers.values()].reduce((sum, count) => sum + count, 0);
  console.log(`${total} requests, ${Math.round(load.requestsPerSecond)} a second`);
  expect(load.failures).toEqual([]);
  expect(load.requestsPerSecond).toBeGreaterThan(0.5 * rate);
}, 240_000);
