import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Release } from '../../../src/deployments/targets/types.ts';
import { freePort } from '../../../src/platform/process-host/ports.ts';
import { startMarkOf } from '../../../src/platform/processes.ts';
import { useDocker } from '../../testbed/use-docker.ts';
import { startLoad } from './load.ts';
import { openPocketContainers, type PocketContainers } from './pocket-containers.ts';
import { callOf, createRelease, type RecordedCall } from './releases.ts';

// Each container costs seconds on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 180_000 });

const docker = useDocker();
let pocket: PocketContainers;
let one: Release;
let two: Release;

async function openPocket(): Promise<void> {
  pocket = await openPocketContainers(docker);
  one = await createRelease(pocket.dir, 'one');
  two = await createRelease(pocket.dir, 'two');
}

const total = (answers: Map<string, number>) => [...answers.values()].reduce((sum, count) => sum + count, 0);
const ask = async (route = '/') => (await fetch(`${pocket.target.url}${route}`)).text();
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 30_000, interval: 20 });

describe('two releases that run, one of them live', () => {
  let fence = 0;
  const next = (previous?: Release): RecordedCall => {
    fence += 1;
    return callOf(fence, previous);
  };
  beforeAll(async () => {
    if (docker.runs) await openPocket();
  });
  beforeEach(async () => {
    await pocket.target.stage(two, next());
    await pocket.target.activate(one, next());
  });
  afterAll(() => pocket?.destroy());

  test('switches under load without losing one request; open ones end on the old release', async () => {
    const { target } = pocket;
    const load = startLoad(`${target.url}/`, 15, 20);
    await sleep(500);
    const slow = ask('/slow');
    const stream = ask('/stream');
    const call = next(one);
    const { url } = await target.stage(two, call);
    expect(await (await fetch(String(url))).text()).toBe('two');
    await target.activate(two, call);
    expect(await ask()).toBe('two');
    const retired = target.retire(one, call);
    expect(await slow).toBe('one');
    expect(await stream).toBe(`${'one\n'.repeat(6)}end`);
    await retired;
    expect((await pocket.container(one.id)).status).toBe('exited');
    await sleep(300);
    await target.restore(one, next(two)); // and the way back
    await sleep(300);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answers.get('one')).toBeGreaterThan(50);
    expect(load.answers.get('two')).toBeGreaterThan(50);
    expect(await target.live()).toEqual({ releaseId: one.id, version: 'one' });
    expect(await pocket.shares()).toMatchObject({ [`${one.id}.${fence}.100`]: 100 });
  });

  test('gives a release a share of the traffic and more of it, under load; both are counted anew, the live one stays it', async () => {
    const { target } = pocket;
    const call = next(one);
    await expect(target.shift?.(one, 10, call)).rejects.toMatchObject({
      code: 'TARGET_FAILED',
      message: expect.stringContaining('no other release is live'),
    });
    const load = startLoad(`${target.url}/`, 20, 10);
    const share = async (percent: number) => {
      await target.shift?.(two, percent, call);
      const before = new Map(load.answers);
      const counted = [await target.traffic(one), await target.traffic(two)];
      for (const traffic of counted) expect(traffic?.requests).toBeLessThan(400);
      await eventually(() => expect(total(load.answers) - total(before)).toBeGreaterThan(400));
      const grown = (version: string) => (load.answers.get(version) ?? 0) - (before.get(version) ?? 0);
      expect(await target.live()).toMatchObject({ version: 'one' });
      return (100 * grown('two')) / (grown('one') + grown('two'));
    };
    const tenth = await share(10);
    expect(tenth).toBeGreaterThan(6);
    expect(tenth).toBeLessThan(14);
    const counted = await target.traffic(two);
    expect(counted).toMatchObject({ errors: 0 });
    expect(counted?.requests).toBeGreaterThan(20);
    expect(counted?.p50Ms).toBeLessThanOrEqual(counted?.p99Ms ?? 0);
    await expect(target.retire(two, call)).rejects.toThrow(/has traffic and cannot be ended/);
    const most = await share(70);
    expect(most).toBeGreaterThan(62);
    expect(most).toBeLessThan(78);
    await target.restore(one, call);
    await target.retire(two, call);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(await pocket.shares()).toEqual({ [`${one.id}.${fence}.100`]: 100 });
  });

  test('a haproxy that is killed comes back by itself, with the same shares', async () => {
    const { target } = pocket;
    await target.shift?.(two, 20, next(one));
    const shares = await pocket.shares();
    const killed = await pocket.haproxyPid();
    process.kill(killed, 'SIGKILL');
    await eventually(async () => expect(await pocket.haproxyPid()).not.toBe(killed));
    expect(await pocket.shares()).toEqual(shares);
    expect(await target.live()).toEqual({ releaseId: one.id, version: 'one' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(answers.filter((version) => version === 'two')).toHaveLength(4);
    process.kill(await pocket.haproxyPid(), 'SIGKILL');
    await target.activate(two, callOf(fence, one)); // in the middle of an effect
    expect(await pocket.shares()).toMatchObject({ [`${two.id}.${fence}.100`]: 100 });
    expect(await ask()).toBe('two');
  });

  test('a haproxy that is gone for good: nothing is live, and the next effect starts it as decided', async () => {
    const { target } = pocket;
    const shares = await pocket.shares();
    await pocket.killFront();
    expect(await target.live()).toBeUndefined();
    expect(await target.traffic(one)).toBeUndefined();
    await expect(ask()).rejects.toThrow();
    await target.stage(two, next(one));
    expect(await ask()).toBe('one');
    expect(await pocket.shares()).toEqual(shares);
  });

  test('a container that crashes is started again by Docker, on the same port; one that is removed, by the next effect', async () => {
    const { target } = pocket;
    const before = await pocket.container(one.id);
    process.kill(before.pid, 'SIGKILL');
    await eventually(async () => expect(await ask()).toBe('one'));
    const after = await pocket.container(one.id);
    expect(after.pid).not.toBe(before.pid);
    expect(after).toMatchObject({ id: before.id, port: before.port });
    await docker.docker('rm', '--force', after.id);
    expect((await fetch(target.url)).status).toBe(503);
    expect((await target.traffic(one))?.errors).toBeGreaterThan(0);
    await target.activate(one, callOf(fence));
    expect(await ask()).toBe('one');
    expect((await pocket.container(one.id)).id).not.toBe(after.id);
  });

  test('an overtaken deployment is refused, whatever it wants', async () => {
    const { target } = pocket;
    const late = callOf(fence - 1);
    const refused = { code: 'TARGET_FAILED', message: expect.stringContaining(`lower than ${fence}`) };
    await expect(target.stage(two, late)).rejects.toMatchObject(refused);
    await expect(target.activate(two, late)).rejects.toMatchObject(refused);
    await expect(target.shift?.(two, 10, late)).rejects.toMatchObject(refused);
    await expect(target.retire(two, late)).rejects.toMatchObject(refused);
    await expect(target.prune({ releases: [], inUse: [] }, late)).rejects.toMatchObject(refused);
    await expect(target.stop(late)).rejects.toMatchObject(refused);
    await pocket.killFront();
    await expect(pocket.reopen().restore(two, late)).rejects.toMatchObject(refused);
    await target.activate(one, callOf(fence));
    expect(await ask()).toBe('one');
  });

  test('every effect may be repeated, what runs rightly is used, and the live release is not ended', async () => {
    const { target } = pocket;
    const call = callOf(fence);
    const { id } = await pocket.container(one.id);
    const shares = await pocket.shares();
    await target.stage(one, call);
    await target.activate(one, call);
    expect((await pocket.container(one.id)).id).toBe(id);
    expect(await pocket.shares()).toEqual(shares);
    await target.retire({ ...two, id: 'deployment-that-never-ran' }, call);
    await expect(target.retire(one, call)).rejects.toMatchObject({
      code: 'TARGET_FAILED',
      message: expect.stringContaining('has traffic and cannot be ended'),
    });
    expect(await ask()).toBe('one');
  });

  test('counts the real traffic of a release since it was last given some, errors apart', async () => {
    const { target } = pocket;
    for (let round = 0; round < 4; round += 1) for (const route of ['/', '/slow', '/fail']) await ask(route);
    const traffic = await target.traffic(one);
    expect(traffic).toMatchObject({ requests: 12, errors: 4 });
    expect(traffic?.p99Ms).toBeGreaterThan(500);
    expect(traffic?.p50Ms).toBeLessThan(500);
    await fetch(`${target.url}/break`)
      .then((answer) => answer.text())
      .catch(() => undefined);
    await eventually(async () =>
      expect(await target.traffic(one)).toMatchObject({ requests: 13, errors: 5 }),
    );
    await fetch(`${target.url}/crash`);
    await eventually(async () => expect((await target.traffic(one))?.errors).toBe(6));
    await target.activate(two, next(one));
    await eventually(async () => expect(await target.restore(one, next(two))).toBeUndefined());
    expect(await target.traffic(one)).toMatchObject({ requests: 0, errors: 0 });
  });

  test('another port in the policy: the next deployment moves the front', async () => {
    const moved = pocket.reopen({ port: await freePort() });
    await moved.activate(two, next(one));
    expect(await (await fetch(moved.url)).text()).toBe('two');
    await expect(ask()).rejects.toThrow();
  });

  test('a configuration file that somebody has changed is refused, not guessed', async () => {
    const file = path.join(pocket.stateDir, 'haproxy.cfg');
    const text = await fs.readFile(file, 'utf8');
    await fs.writeFile(file, `${text}    server mine 192.0.2.1:80\n`);
    await expect(pocket.target.activate(two, next(one))).rejects.toMatchObject({ code: 'STATE_FAILED' });
    expect(await ask()).toBe('one');
    await fs.writeFile(file, text);
    await pocket.target.activate(two, next(one));
    expect(await ask()).toBe('two');
  });

  test('stop takes the environment out of service and leaves nothing behind; it may be repeated', async () => {
    const { target } = pocket;
    const haproxy = await pocket.haproxyPid();
    await target.stop(next());
    await eventually(() => expect(startMarkOf(haproxy)).toBeUndefined());
    expect(await docker.docker('ps', '--all', '--quiet')).toBe('');
    await expect(ask()).rejects.toThrow();
    expect(await target.live()).toBeUndefined();
    await target.stop(next());
  });
});

describe('an environment without a release', () => {
  beforeEach(openPocket);
  afterEach(() => pocket?.destroy());

  test('a release sees its port, the facts, configured values and what is handed through, and nothing else', async () => {
    const target = pocket.reopen(
      {
        environment: { COLOUR: 'blue', DEVOPS_VERSION: 'forged', PORT: 1 },
        passToService: ['TOKEN', 'UNSET'],
      },
      { serverEnvironment: { TOKEN: 'secret', OTHER: 'other' } },
    );
    const call = callOf(1, two);
    await target.activate(one, call);
    const seen = JSON.parse(await ask('/environment'));
    expect(seen).toMatchObject({
      COLOUR: 'blue',
      TOKEN: 'secret',
      PORT: '8080',
      DEVOPS_ENVIRONMENT: 'staging',
      DEVOPS_COMMIT: one.commit,
      DEVOPS_VERSION: 'one',
      DEVOPS_ARTIFACT_DIGEST: one.artifact.digest,
      DEVOPS_DEPLOYMENT_ID: 'deployment-1',
      DEVOPS_RELEASE: '1',
      DEVOPS_PREVIOUS_VERSION: 'two',
      TARGET_URL: target.url,
    });
    for (const name of ['OTHER', 'UNSET', 'DEVOPS_ARTIFACT', 'DOCKER_HOST'])
      expect(seen).not.toHaveProperty(name);
    const inspected = JSON.parse(await docker.docker('inspect', (await pocket.container(one.id)).id));
    expect(inspected[0].Config.Labels).toMatchObject({
      'io.github.devops-engineer-mcp.project': 'shop',
      'io.github.devops-engineer-mcp.environment': 'staging',
      'io.github.devops-engineer-mcp.release': one.id,
      'io.github.devops-engineer-mcp.fence': '1',
      'io.github.devops-engineer-mcp.version': 'one',
    });
    const files = (await fs.readdir(pocket.stateDir, { withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    for (const { name } of files) {
      expect(await fs.readFile(path.join(pocket.stateDir, name), 'utf8')).not.toContain('secret');
    }
    expect(call.lines.join('\n')).not.toContain('secret');
  });

  test('two deployments at once: the later one decides, whoever is faster', async () => {
    const { target } = pocket;
    const outcomes = await Promise.allSettled([
      target.activate(one, callOf(1)),
      pocket.reopen().activate(two, callOf(2)),
    ]);
    expect(outcomes[1]?.status).toBe('fulfilled');
    expect(await target.live()).toEqual({ releaseId: two.id, version: 'two' });
    await pocket.shares();
  });

  test('looking never starts anything', async () => {
    const { target } = pocket;
    expect(await target.live()).toBeUndefined();
    expect(await target.traffic(one)).toBeUndefined();
    expect(await target.releaseLog(one, 5)).toEqual([]);
    expect(await target.problems()).toEqual([]);
    await target.prune({ releases: [], inUse: [] }, callOf(1));
    await target.retire(one, callOf(1));
    await target.stop(callOf(1));
    await expect(fs.access(pocket.stateDir)).rejects.toThrow();
  });
});
