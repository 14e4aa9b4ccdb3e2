import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { HostCommand } from '../../../src/deployments/targets/process.ts';
import type { Release } from '../../../src/deployments/targets/types.ts';
import { askHost } from '../../../src/platform/process-host/client.ts';
import { freePort } from '../../../src/platform/process-host/ports.ts';
import { startMarkOf } from '../../../src/platform/processes.ts';
import { bundleHost } from '../../platform/process-host/bundled-host.ts';
import { startLoad } from './load.ts';
import { openPocketTarget, type PocketTarget } from './pocket-target.ts';
import { callOf, createRelease, temporaryFolder } from './releases.ts';

let bundleDir: string;
let hostCommand: HostCommand;
let pocket: PocketTarget;
let one: Release;
let two: Release;

beforeAll(async () => {
  bundleDir = await temporaryFolder();
  hostCommand = await bundleHost(bundleDir);
});
afterAll(() => fs.rm(bundleDir, { recursive: true, force: true }));

beforeEach(async () => {
  pocket = await openPocketTarget(hostCommand);
  one = await createRelease(pocket.dir, 'one');
  two = await createRelease(pocket.dir, 'two');
});
afterEach(() => pocket.destroy());

const ask = async (route = '/') => (await fetch(`${pocket.target.url}${route}`)).text();
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 5_000, interval: 20 });

test('switches under load without losing one request; open ones end on the old release', async () => {
  const { target } = pocket;
  await target.activate(one, callOf(1));
  const load = startLoad(`${target.url}/`, 30);
  await sleep(300);
  const slow = ask('/slow');
  const stream = ask('/stream');
  const call = callOf(2, one);
  const { url } = await target.stage(two, call);
  expect(await (await fetch(String(url))).text()).toBe('two');
  await target.activate(two, call);
  const retired = target.retire(one, call);
  expect(await ask()).toBe('two');
  expect(await slow).toBe('one');
  expect(await stream).toBe(`${'one\n'.repeat(6)}end`);
  await retired;
  await sleep(200);
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(load.answers.get('one')).toBeGreaterThan(50);
  expect(load.answers.get('two')).toBeGreaterThan(50);
  expect(load.requestsPerSecond).toBeGreaterThan(200);
  expect(await target.live()).toEqual({ releaseId: two.id, version: 'two' });
  expect(await pocket.runs('one')).toBe(false);
  const traffic = await target.traffic(two);
  expect(traffic).toMatchObject({ errors: 0 });
  expect(traffic?.requests).toBeGreaterThanOrEqual(load.answers.get('two') ?? 0);
  expect(traffic?.p50Ms).toBeLessThanOrEqual(traffic?.p99Ms ?? 0);
});

test('a release sees its port, the facts, configured values and what is handed through, and nothing else', async () => {
  const target = pocket.reopen(
    { environment: { COLOUR: 'blue', DEVOPS_VERSION: 'forged' }, passEnvironment: ['TOKEN'] },
    { TOKEN: 'secret', OTHER: 'other' },
  );
  await target.activate(one, callOf(1, two));
  const seen = JSON.parse(await ask('/environment'));
  expect(seen).toMatchObject({
    COLOUR: 'blue',
    TOKEN: 'secret',
    DEVOPS_ENVIRONMENT: 'staging',
    DEVOPS_COMMIT: one.commit,
    DEVOPS_VERSION: 'one',
    DEVOPS_ARTIFACT: one.artifact.path,
    DEVOPS_ARTIFACT_DIGEST: one.artifact.digest,
    DEVOPS_DEPLOYMENT_ID: 'deployment-1',
    DEVOPS_RELEASE: '1',
    DEVOPS_PREVIOUS_VERSION: 'two',
    DEVOPS_SHARED_DIR: path.join(pocket.stateDir, 'shared'),
    TARGET_URL: target.url,
  });
  expect(seen).not.toHaveProperty('OTHER');
  expect((await fs.stat(seen.DEVOPS_SHARED_DIR)).isDirectory()).toBe(true);

  // The secret is nowhere on disk, and a release that is started again has it all the same.
  const state = await fs.readFile(path.join(pocket.stateDir, 'host.json'), 'utf8');
  expect(state).not.toContain('secret');
  expect((await fs.stat(pocket.stateDir)).mode & 0o077).toBe(0);
  const pid = await pocket.pidOf('one');
  await pocket.killHost();
  process.kill(-pid, 'SIGKILL');
  await target.stage(two, callOf(2));
  await eventually(async () => expect(JSON.parse(await ask('/environment')).TOKEN).toBe('secret'));
});

test('a host that was killed: releases go on, its successor takes them over and serves them', async () => {
  const { target } = pocket;
  await target.activate(one, callOf(1));
  const pid = await pocket.pidOf('one');
  await pocket.killHost();
  expect(startMarkOf(pid)).toBeDefined();
  expect(await target.live()).toBeUndefined(); // nobody serves, and looking starts nobody
  await expect(ask()).rejects.toThrow();

  await target.stage(two, callOf(2));
  expect(await target.live()).toEqual({ releaseId: one.id, version: 'one' });
  expect(await ask('/pid')).toBe(String(pid)); // the same process, not a new one
  await target.activate(two, callOf(2));
  await target.retire(one, callOf(2));
  expect(startMarkOf(pid)).toBeUndefined();
  expect(await ask()).toBe('two');
});

test('a successor starts what should run and died, ends what was still starting, and repeats the effect', async () => {
  const { target } = pocket;
  await target.activate(one, callOf(1));
  const dead = await pocket.pidOf('one');
  const slowAtFirst = 'test -e second-time && exec node service.mjs; touch second-time; exec sleep 600';
  const starting = pocket.reopen({ run: slowAtFirst }).stage(two, callOf(2));
  await eventually(() => fs.access(path.join(pocket.stateDir, 'releases', two.id, 'second-time')));
  const unfinished = await pocket.pidOf('two');
  await pocket.killHost();
  process.kill(-dead, 'SIGKILL');
  const { url } = await starting;
  expect(await (await fetch(String(url))).text()).toBe('two');
  expect(startMarkOf(unfinished)).toBeUndefined();
  await eventually(async () => expect(await ask()).toBe('one'));
  expect(await pocket.pidOf('one')).not.toBe(dead);
});

test('two hosts started at once: one serves, the other ends with 0', async () => {
  const { target } = pocket;
  await target.activate(one, callOf(1));
  await pocket.killHost();
  const hosts = [0, 1, 2].map(() => {
    const [file, ...args] = hostCommand;
    return spawn(file, [...args, '--state', pocket.stateDir], { cwd: pocket.stateDir, stdio: 'ignore' });
  });
  const ended: (number | null)[] = [];
  for (const host of hosts) host.once('exit', (code) => ended.push(code));
  await eventually(() => expect(ended).toEqual([0, 0]));
  expect(hosts.map(({ pid }) => pid)).toContain(await pocket.hostPid());
  expect(await ask()).toBe('one');
});

test('a release that crashes is started again, less and less eagerly, and its log says so', async () => {
  const { target } = pocket;
  await target.activate(one, callOf(1));
  const first = await ask('/pid');
  expect((await fetch(`${target.url}/crash`)).status).toBe(502);
  await eventually(async () => expect(await ask('/pid')).toMatch(/^\d+$/));
  expect(await ask('/pid')).not.toBe(first);
  expect((await target.traffic(one))?.errors).toBeGreaterThan(0);
  const log = await target.releaseLog(one, 50);
  expect(log.filter((line) => line === 'one begins')).toHaveLength(2);
  expect(log.join('\n')).toMatch(/the process ended: exit code 1\n.*starting it again/);
  // From here on it dies whenever it starts: the pauses grow instead of filling the machine with processes.
  await fs.writeFile(path.join(pocket.stateDir, 'releases', one.id, 'service.mjs'), 'process.exit(9)');
  await fetch(`${target.url}/crash`).catch(() => undefined);
  await sleep(1_600);
  const starts = (await target.releaseLog(one, 100)).filter((line) => line.includes('starting it again'));
  expect(starts.length).toBeGreaterThanOrEqual(3);
  expect(starts.length).toBeLessThanOrEqual(6);
  expect((await fetch(`${target.url}/`)).status).toBe(502);
});

test('a release that ends while it starts is TARGET_FAILED with its last lines, and the live one is untouched', async () => {
  const { target } = pocket;
  await target.activate(one, callOf(1));
  const failing = pocket.reopen({ environment: { DIES_AT_START: 'yes' } });
  const call = callOf(2);
  await expect(failing.activate(two, call)).rejects.toMatchObject({
    code: 'TARGET_FAILED',
    message: expect.stringMatching(
      /release two did not start: its process ended(?=.*two begins).*no database/,
    ),
  });
  expect(call.lines).toContain('release: no database');
  expect(await ask()).toBe('one');
  expect(await pocket.runs('two')).toBe(false);
  expect((await target.releaseLog(two, 5)).join('\n')).toContain('no database');
  await target.activate(two, callOf(2)); // the same release may be tried again
  expect(await ask()).toBe('two');
});

test('an overtaken deployment is refused, whatever it wants, by a restarted host too', async () => {
  const { target } = pocket;
  await target.activate(two, callOf(5));
  const refused = { code: 'TARGET_FAILED', message: expect.stringContaining('number 4 is lower than 5') };
  await expect(target.stage(one, callOf(4))).rejects.toMatchObject(refused);
  expect(await fs.readdir(path.join(pocket.stateDir, 'releases'))).toEqual([two.id]);
  await expect(target.retire(one, callOf(4))).rejects.toMatchObject(refused);
  await pocket.killHost();
  await expect(target.activate(one, callOf(4))).rejects.toMatchObject(refused);
  await expect(target.stop(callOf(4))).rejects.toMatchObject(refused);
  expect(await ask()).toBe('two');
});

test('every effect may be repeated', async () => {
  const { target } = pocket;
  await target.stage(one, callOf(1));
  const again = await target.stage(one, callOf(1));
  expect(await (await fetch(`${again.url}/pid`)).text()).toBe(String(await pocket.pidOf('one')));
  await target.activate(one, callOf(1));
  await target.activate(one, callOf(1));
  expect(await ask()).toBe('one');
  await target.retire(two, callOf(1)); // never ran
  await target.stop(callOf(1));
  await target.stop(callOf(1));
  expect(await target.live()).toBeUndefined();
});

test('counts the real traffic of a release, errors apart', async () => {
  const { target } = pocket;
  await target.activate(one, callOf(1));
  for (let round = 0; round < 10; round += 1) for (const route of ['/', '/', '/fail']) await ask(route);
  expect(await target.traffic(one)).toMatchObject({ requests: 30, errors: 10 });
  expect(await target.traffic(two)).toBeUndefined();
});

test('the live release is not retired', async () => {
  await pocket.target.activate(one, callOf(1));
  await expect(pocket.target.retire(one, callOf(1))).rejects.toMatchObject({
    code: 'TARGET_FAILED',
    message: expect.stringContaining('is live and cannot be ended'),
  });
  expect(await ask()).toBe('one');
});

test('an artifact with another digest never runs', async () => {
  await fs.appendFile(one.artifact.path, 'x');
  await expect(pocket.target.stage(one, callOf(1))).rejects.toMatchObject({
    code: 'TARGET_FAILED',
    message: expect.stringContaining(one.artifact.digest),
  });
  expect(await fs.readdir(path.join(pocket.stateDir, 'releases')).catch(() => [])).toEqual([]);
  expect(await pocket.target.notRestorable(one)).toMatch(/was changed/);
});

test('restores an earlier release from its folder alone', async () => {
  const { target } = pocket;
  await target.activate(one, callOf(1));
  await target.activate(two, callOf(2, one));
  await target.retire(one, callOf(2));
  await fs.rm(one.artifact.path);
  expect(await target.notRestorable(one)).toBeUndefined();
  await target.restore(one, callOf(3, two));
  expect(await ask()).toBe('one');
  await target.retire(two, callOf(3));

  await fs.rm(two.artifact.path, { force: true });
  await fs.rm(path.join(pocket.stateDir, 'releases', two.id), { recursive: true });
  expect(await target.notRestorable(two)).toMatch(/neither its artifact nor its release folder/);
});

test('prune ends and deletes what nobody needs: not the live release, the newest, or what is in use', async () => {
  const { target } = pocket;
  const named = async (version: string) => createRelease(pocket.dir, version);
  const three = await named('three');
  for (const [index, release] of [one, two, three].entries())
    await target.activate(release, callOf(index + 1));
  for (const release of [one, two]) await target.retire(release, callOf(3));
  const [abandoned, tested] = [await named('abandoned'), await named('tested')];
  await target.stage(abandoned, callOf(3));
  await target.stage(tested, callOf(3));
  const call = callOf(3);
  const narrow = pocket.reopen({ keep: 2 });
  await narrow.prune({ releases: [three, two, one], inUse: [tested.id] }, call);
  const kept = [tested.id, three.id, two.id];
  expect((await fs.readdir(path.join(pocket.stateDir, 'releases'))).sort()).toEqual(kept);
  const logs = kept.map((id) => `${id}.log`).concat('host.log');
  expect((await fs.readdir(path.join(pocket.stateDir, 'logs'))).sort()).toEqual(logs.sort());
  expect(call.lines).toEqual(['ends abandoned, which a run that died left behind']);
  expect([await pocket.runs('abandoned'), await pocket.runs('tested')]).toEqual([false, true]);

  await pocket.killHost(); // what runs stays, although nobody can be asked whether it is needed
  await target.prune({ releases: [], inUse: [] }, callOf(3));
  expect((await fs.readdir(path.join(pocket.stateDir, 'releases'))).sort()).toEqual([tested.id, three.id]);
});

test('stop takes the environment out of service and leaves no process behind', async () => {
  const { target } = pocket;
  await target.activate(one, callOf(1));
  const [host, release] = [await pocket.hostPid(), await pocket.pidOf('one')];
  await target.stop(callOf(1));
  expect(startMarkOf(release)).toBeUndefined();
  await eventually(() => expect(startMarkOf(host)).toBeUndefined());
  await expect(ask()).rejects.toThrow();
  await target.activate(two, callOf(2)); // and back into service at once
  expect(await ask()).toBe('two');
});

test('a process that ignores SIGTERM, and what it started, end all the same', async () => {
  const target = pocket.reopen({ run: `trap '' TERM; sleep 600 & node service.mjs & wait; wait` });
  await target.activate(one, callOf(1));
  const leader = await pocket.pidOf('one');
  await pocket.target.activate(two, callOf(2));
  await pocket.target.retire(one, callOf(2));
  await eventually(() => expect(() => process.kill(-leader, 0)).toThrow(/ESRCH/));
});

test('a large log is cut while the release goes on writing', async () => {
  await pocket.target.activate(one, callOf(1));
  const log = path.join(pocket.stateDir, 'logs', `${one.id}.log`);
  await ask('/chatter');
  await eventually(async () => expect((await fs.stat(log)).size).toBeLessThan(1024 * 1024));
  expect((await fs.stat(`${log}.1`)).size).toBeGreaterThan(10 * 1024 * 1024);
});

test('a port that a foreign program has: named before a deployment, and refused by it', async () => {
  const foreign = createServer((_request, response) => response.end('foreign'));
  foreign.listen(pocket.port, '127.0.0.1');
  await once(foreign, 'listening');
  try {
    const [problem, ...others] = await pocket.target.problems();
    expect(problem?.what).toBe(`port ${pocket.port} is taken by a program that is not ours`);
    expect(others).toEqual([]);
    await expect(pocket.target.stage(one, callOf(1))).rejects.toMatchObject({
      code: 'TARGET_FAILED',
      message: expect.stringContaining('EADDRINUSE'),
    });
    expect(await pocket.runs('one')).toBe(false);
  } finally {
    foreign.closeAllConnections();
    foreign.close();
  }
  await pocket.target.activate(one, callOf(1)); // as soon as the port is free
  expect(await pocket.target.problems()).toEqual([]);
});

test('other problems: a blank command, an address that is not of this machine', async () => {
  expect(await pocket.reopen({ run: ' ' }).problems()).toMatchObject([{ what: 'target.run is blank' }]);
  expect(await pocket.reopen({ host: '192.0.2.1' }).problems()).toMatchObject([
    { what: '192.0.2.1 is no address of this machine' },
  ]);
});

test('another port in the policy: the next deployment moves the front', async () => {
  await pocket.target.activate(one, callOf(1));
  const moved = pocket.reopen({ port: await freePort() });
  await moved.activate(two, callOf(2));
  expect(await (await fetch(moved.url)).text()).toBe('two');
  await expect(ask()).rejects.toThrow();
});

test('looking never starts a host', async () => {
  const { target } = pocket;
  expect(await target.live()).toBeUndefined();
  expect(await target.traffic(one)).toBeUndefined();
  expect(await target.releaseLog(one, 5)).toEqual([]);
  expect(await target.problems()).toEqual([]);
  await target.prune({ releases: [], inUse: [] }, callOf(1));
  await target.retire(one, callOf(1));
  await target.stop(callOf(1));
  expect(await askHost(pocket.stateDir, { do: 'status' })).toBeUndefined();
  await expect(fs.access(pocket.stateDir)).rejects.toThrow();
});

test('shares the traffic evenly, and the share outlives its host', async () => {
  const { target } = pocket;
  await target.activate(one, callOf(1));
  const call = callOf(2, one);
  await target.stage(two, call);
  await target.shift?.(two, 10, call);
  const served = async (count: number) => {
    const answers = await Promise.all(Array.from({ length: count }, () => ask()));
    return answers.filter((answer) => answer === 'two').length;
  };
  expect(await served(200)).toBe(20);
  expect((await target.live())?.version).toBe('one');
  expect([(await target.traffic(two))?.requests, (await target.traffic(one))?.requests]).toEqual([20, 180]);
  await target.shift?.(two, 50, call);
  expect((await target.traffic(two))?.requests).toBe(0);
  expect(await served(100)).toBe(50);
  await pocket.killHost();
  await target.shift?.(two, 50, call);
  expect(await served(100)).toBe(50);
  await target.activate(two, call);
  expect(await served(20)).toBe(20);
});

test('a release that shares the traffic can be ended without losing a request; the live one shares with nobody', async () => {
  const { target } = pocket;
  await target.activate(one, callOf(1));
  const call = callOf(2, one);
  await expect(target.shift?.(one, 50, call)).rejects.toMatchObject({ code: 'TARGET_FAILED' });
  await target.shift?.(two, 50, call);
  const load = startLoad(`${target.url}/`, 30);
  await sleep(300);
  await target.retire(two, call);
  await sleep(200);
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(await ask()).toBe('one');
});
