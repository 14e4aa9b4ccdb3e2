import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askVersion, servedVersions } from '../testbed/served-versions.ts';
import { type SshHost, type SshTestbed, startSshHosts } from '../testbed/ssh-hosts.ts';
import { type Agent, createPocket, type Pocket } from './pocket.ts';

/** The ssh target through the whole workflow: two hosts, real runners, and a host that is lost in the middle. */

let testbed: SshTestbed;
let pocket: Pocket;
let agent: Agent;
let first: SshHost;
let second: SshHost;

beforeAll(async () => {
  testbed = await startSshHosts(2);
  [first, second] = testbed.hosts as [SshHost, SshHost];
  pocket = await createPocket();
  await pocket.configure(({ environments }) => {
    environments.staging = {
      gate: {},
      target: {
        ...testbed.config,
        readyWithin: '3s',
        version: askVersion('$PORT'),
      },
      strategy: { kind: 'rolling', maxUnavailable: 1, watch: '500ms', bake: '300ms' },
      health: { version: '$.version', interval: '100ms', healthyAfter: 2, timeout: '3s' },
    };
    environments.production.after = undefined;
  });
  agent = await pocket.connect();
});
afterAll(async () => {
  await agent?.close();
  for (const host of testbed?.hosts ?? []) host.reconnect();
  await pocket?.destroy();
  await testbed?.destroy();
});

const deploy = async (waitSeconds = 60) =>
  (await agent.call('deploy', { environment: 'staging', waitSeconds })).data;
const state = async (deploymentId: string, waitSeconds = 60) =>
  (await agent.call('getDeployment', { deploymentId, waitSeconds })).data.deployment;
const versions = () =>
  servedVersions(testbed.hosts.map(({ servicePort }) => `http://127.0.0.1:${servicePort}`));
const restartDoes = (host: SshHost, script: string) =>
  fs.writeFile(path.join(host.dir, 'restart.sh'), script);
const restartIsWell = (host: SshHost) => fs.rm(path.join(host.dir, 'restart.sh'), { force: true });
const stuck = (host: SshHost) =>
  expect
    .poll(() =>
      fs.access(path.join(host.dir, 'stuck')).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);

test('"check" logs in to every host; deploy, roll back and forward reach all of them', async () => {
  expect(await pocket.cli(['check'])).toMatchObject({ exitCode: 0 });
  const deployed = await pocket.cli(['deploy', 'staging', '--wait', '60', '--json']);
  const one = JSON.parse(deployed.stdout);
  expect(one).toMatchObject({ state: 'deployed', servedVersion: one.to });
  await pocket.commit({}, 'second');
  const two = await deploy();
  expect(two).toMatchObject({ state: 'deployed' });
  expect(await versions()).toEqual([two.to, two.to]);
  const { steps } = await state(two.deploymentId);
  expect(steps.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['stage', 'advance 1/2', 'watchBatch 1/2', 'activate', 'verify']),
  );
  const { data } = await agent.call('rollback', { environment: 'staging', reason: 'x', waitSeconds: 60 });
  expect(data).toMatchObject({ state: 'deployed', servedVersion: one.to });
  expect(await versions()).toEqual([one.to, one.to]);
});

test('a release that does not come up on the first host never reaches the second, and the old one is back', async () => {
  const [before] = await versions();
  await pocket.commit({ diesAtStart: true });
  const failed = await deploy();
  expect(failed).toMatchObject({ state: 'rolledBack', failure: { code: 'TARGET_FAILED' } });
  expect(failed.failure.message).toContain(`${second.address} serves ${before}`);
  expect(await versions()).toEqual([before, before]);
});

test('a host that is down before anything happened: failed, and nothing was touched', async () => {
  const [before] = await versions();
  await pocket.commit({}, 'third');
  await second.shutDown();
  const failed = await deploy();
  expect(failed).toMatchObject({ state: 'failed', failure: { code: 'TARGET_FAILED', step: 'stage' } });
  await second.boot();
  expect(await versions()).toEqual([before, before]);
});

test('kill -9 of the runner while a host restarts: the next one ends it, and each host switched once', async () => {
  await pocket.commit({}, 'fourth');
  await restartDoes(first, 'echo > "$HOST_DIR/stuck"; sleep 2');
  const { deploymentId, to } = await deploy(0);
  await stuck(first);
  const { stdout } = await execa('pgrep', ['-f', `internal run deployment ${deploymentId}`]);
  for (const pid of stdout.split('\n')) process.kill(Number(pid), 'SIGKILL');
  const done = await state(deploymentId);
  expect(done).toMatchObject({ state: 'deployed', servedVersion: to });
  expect(await versions()).toEqual([to, to]);
  await restartIsWell(first);
});

test('a host that is cut off in the middle: the others are back, people are called, the next deployment heals it', async () => {
  const [before] = await versions();
  await pocket.commit({}, 'fifth');
  await restartDoes(second, 'echo > "$HOST_DIR/stuck"; sleep 3');
  const { deploymentId } = await deploy(0);
  await stuck(second);
  second.cutOff();
  const failed = await state(deploymentId, 90);
  expect(failed).toMatchObject({ state: 'failed', failure: { code: 'ROLLBACK_FAILED' } });
  expect(failed.failure.message).toContain(`${second.address} cannot be reached`);
  expect(failed.failure.message).toContain(`${first.address} serves ${before}`);
  expect(await pocket.read('human-requests.md')).toContain(deploymentId);

  await restartIsWell(second);
  second.reconnect();
  const healed = await deploy();
  expect(healed).toMatchObject({ state: 'deployed' });
  expect(await versions()).toEqual([healed.to, healed.to]);
});
