import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { servedVersions } from '../testbed/served-versions.ts';
import { type SystemdTestbed, startSystemdHosts, whyNoSystemdHosts } from '../testbed/systemd-hosts.ts';
import { type Agent, createPocket, type Pocket } from './pocket.ts';

/** The ssh target as it is meant: two machines with systemd, a unit each, one after the other, and a network that breaks. */

if (whyNoSystemdHosts !== undefined)
  console.warn(`SKIPPED, NOT PROVEN: two systemd hosts over SSH: ${whyNoSystemdHosts}.`);

describe.skipIf(whyNoSystemdHosts !== undefined)('two systemd hosts', { timeout: 180_000 }, () => {
  let testbed: SystemdTestbed;
  let pocket: Pocket;
  let agent: Agent;

  beforeAll(async () => {
    testbed = await startSystemdHosts(2);
    pocket = await createPocket();
    await pocket.configure(({ environments }) => {
      environments.staging = {
        gate: {},
        target: testbed.config,
        strategy: { kind: 'rolling', maxUnavailable: 1, watch: '1s', bake: '300ms' },
        health: { version: '$.version', interval: '100ms', healthyAfter: 2, timeout: '5s' },
      };
      environments.production.after = undefined;
    });
    agent = await pocket.connect();
  }, 180_000);
  afterAll(async () => {
    await agent?.close();
    await pocket?.destroy();
    await testbed?.destroy();
  }, 60_000);

  const call = async (tool: string, args: Record<string, unknown> = {}) =>
    (await agent.call(tool, { environment: 'staging', waitSeconds: 90, ...args })).data;
  const state = async (deploymentId: string, waitSeconds = 90) =>
    (await agent.call('getDeployment', { deploymentId, waitSeconds })).data.deployment;
  const served = () => servedVersions(testbed.hosts.map(({ url }) => url));

  test('"check" finds what it needs; deploy, roll back; systemd brings a service that dies back', async () => {
    const check = await pocket.cli(['check']);
    expect(check, check.stdout + check.stderr).toMatchObject({ exitCode: 0 });
    const one = await call('deploy');
    expect([one.state, one.failure]).toEqual(['deployed', undefined]);
    await pocket.commit({ logs: 'second is here' }, 'second');
    const two = await call('deploy');
    expect(two).toMatchObject({ state: 'deployed', servedVersion: two.to });
    expect(await served()).toEqual([two.to, two.to]);
    for (const host of testbed.hosts) {
      await host.run('kill -9 "$(systemctl show shop --property MainPID --value)"');
      await expect.poll(() => host.run('systemctl show shop --property NRestarts')).toBe('NRestarts=1');
    }
    await expect.poll(served).toEqual([two.to, two.to]);
    expect(await call('rollback', { reason: 'x' })).toMatchObject({
      state: 'deployed',
      servedVersion: one.to,
    });
    expect(await served()).toEqual([one.to, one.to]);
  });

  test('what dies at its start never reaches the second host; its journal says why', async () => {
    const [before] = await served();
    await pocket.commit({ logs: 'no database', diesAtStart: true }, 'dies');
    const { deploymentId } = await call('deploy', { waitSeconds: 0 });
    const failed = await state(deploymentId);
    expect(failed).toMatchObject({ state: 'rolledBack', failure: { code: 'TARGET_FAILED' } });
    expect(failed.failure.message).toContain(`${testbed.hosts[1]?.address} serves ${before}`);
    expect(await served()).toEqual([before, before]);
  });

  test('a link that is cut between two hosts: the first goes back, people are called, the next deployment heals it', async () => {
    const [before] = await served();
    await pocket.commit({}, 'cut off');
    const { deploymentId } = await call('deploy', { waitSeconds: 0 });
    const [first, second] = testbed.hosts;
    await expect
      .poll(async () => (await state(deploymentId, 0)).steps.map(({ name }: { name: string }) => name), {
        timeout: 60_000,
      })
      .toContain('watchBatch 1/2');
    await second?.cutOff();
    const failed = await state(deploymentId);
    expect(failed).toMatchObject({ state: 'failed', failure: { code: 'ROLLBACK_FAILED' } });
    expect(failed.failure.message).toContain(`${second?.address} cannot be reached`);
    expect(failed.failure.message).toContain(`${first?.address} serves ${before}`);
    expect((await served())[0]).toBe(before);
    expect(await pocket.read('human-requests.md')).toContain(deploymentId);

    await second?.reconnect();
    const healed = await call('deploy');
    expect([healed.state, healed.failure]).toEqual(['deployed', undefined]);
    expect(await served()).toEqual([healed.to, healed.to]);
  });
});
