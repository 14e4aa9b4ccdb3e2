import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Release } from '../../../src/deployments/targets/types.ts';
import { useDocker } from '../../testbed/use-docker.ts';
import { openPocketContainers, type PocketContainers } from './pocket-containers.ts';
import { callOf, createRelease, type RecordedCall } from './releases.ts';

/** What goes wrong around a container target: each has one outcome, and what was live goes on. */

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

const ask = async (route = '/') => (await fetch(`${pocket.target.url}${route}`)).text();
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 30_000, interval: 20 });

describe('with a live release', () => {
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

  test('a release that ends while it starts is TARGET_FAILED with its last lines, and the live one is untouched', async () => {
    const { target } = pocket;
    const three = { ...two, id: 'deployment-three', version: 'three' };
    const failing = pocket.reopen({ environment: { DIES_AT_START: 'yes' } });
    const call = next(one);
    await expect(failing.activate(three, call)).rejects.toMatchObject({
      code: 'TARGET_FAILED',
      message: expect.stringMatching(
        // Docker dates either stream when it reads it: what was said first may come second.
        /release three did not start: its container ended (with exit code 3|and was started again)\. (?=.*three begins).*no database/,
      ),
    });
    expect(call.lines).toContain('release: no database');
    expect(await ask()).toBe('one');
    expect((await pocket.container(three.id)).status).toBe('exited'); // and is not started again
    expect((await target.releaseLog(three, 5)).join('\n')).toContain('no database');
    const silent = pocket.reopen({ environment: { HANGS: 'yes' }, readyWithin: '1s' });
    await docker.docker('rm', '--force', (await pocket.container(three.id)).id);
    await expect(silent.stage(three, call)).rejects.toThrow(
      /nothing answers HTTP on port 8080 of its container after 1 s/,
    );
    expect(await ask()).toBe('one');
  });

  test('a release that hangs: its requests are given up after the time to drain, and it ends', async () => {
    const { target } = pocket;
    const call = next(one);
    process.kill((await pocket.container(one.id)).pid, 'SIGSTOP');
    const hanging = ask().catch(() => 'given up');
    await eventually(async () => expect(await target.traffic(one)).toBeDefined());
    await target.activate(two, call);
    expect(await ask()).toBe('two');
    await target.retire(one, call);
    expect((await pocket.container(one.id)).status).toBe('exited');
    expect(await hanging).toMatch(/given up|502/);
  });

  test('a full disk: the switch is refused, the one before serves, and with room it succeeds', async () => {
    const { target } = pocket;
    const call = next(one);
    const shares = await pocket.shares();
    await pocket.fillDisk();
    await expect(target.activate(two, call)).rejects.toMatchObject({
      name: 'DevopsError',
      message: expect.stringContaining('ENOSPC'),
    });
    expect(await ask()).toBe('one');
    expect(await target.live()).toEqual({ releaseId: one.id, version: 'one' });
    expect(await pocket.shares()).toEqual(shares);
    await fs.rm(path.join(pocket.stateDir, 'ballast'));
    await target.activate(two, call);
    expect(await ask()).toBe('two');
  });

  test('a Docker that is stopped: nothing is changed, and what it ran comes back with it', async () => {
    const { target } = pocket;
    const call = next(one);
    const shares = await pocket.shares();
    await docker.shutDown();
    try {
      await expect(target.activate(two, call)).rejects.toMatchObject({
        code: 'TARGET_FAILED',
        message: expect.stringMatching(/two cannot run: .*Cannot connect to the Docker daemon/),
      });
      expect(await target.problems()).toMatchObject([{ what: expect.stringContaining('version" fails') }]);
      await expect(target.releaseLog(one, 5)).rejects.toThrow(/cannot be asked: .*Cannot connect/); // no log is no proof
      expect(await target.notRestorable(one)).toContain('Cannot connect to the Docker daemon');
      expect(await target.live()).toEqual({ releaseId: one.id, version: 'one' });
      expect(await pocket.shares()).toEqual(shares);
      expect((await fetch(target.url)).status).toBe(503);
    } finally {
      await docker.startAgain(); // other files need it, too
    }
    await eventually(async () => expect(await ask()).toBe('one'));
  });
});

describe('before the first release', () => {
  beforeEach(openPocket);
  afterEach(() => pocket?.destroy());

  test('a container of somebody else with our name is left alone', async () => {
    const name = `staging-${one.id}-${pocket.targetId}`;
    const theirs = ['--label', 'whose=theirs', 'testbed/node', '/usr/bin/node', '--eval', '0'];
    await docker.docker('create', '--name', name, ...theirs);
    await expect(pocket.target.activate(one, callOf(1))).rejects.toThrow(/is not ours/);
    expect(await docker.docker('ps', '--all', '--format', '{{.Names}}')).toBe(name);
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
        message: expect.stringMatching(/haproxy does not start on .*in use/),
      });
      expect(await docker.docker('ps', '--all', '--quiet')).toBe('');
    } finally {
      foreign.closeAllConnections();
      foreign.close();
    }
    await pocket.target.activate(one, callOf(1)); // as soon as the port is free
    expect(await pocket.target.problems()).toEqual([]);
  });

  test('other problems: no Docker, no haproxy, an address that is not of this machine', async () => {
    expect(
      await pocket.reopen({ passEnvironment: [], docker: 'docker --host unix:///nowhere.sock' }).problems(),
    ).toMatchObject([{ what: expect.stringContaining('version" fails') }]);
    expect(await pocket.reopen({ haproxy: 'no-haproxy' }).problems()).toMatchObject([
      { what: expect.stringContaining('"no-haproxy" cannot be run') },
    ]);
    expect(await pocket.reopen({ haproxy: 'echo HAProxy version 2.4.1 #' }).problems()).toMatchObject([
      {
        what: '"echo HAProxy version 2.4.1 #" is HAProxy version 2.4.1',
        remedy: expect.stringContaining('2.5'),
      },
    ]);
    expect(await pocket.reopen({ host: '192.0.2.1' }).problems()).toMatchObject([
      { what: '192.0.2.1 is no address of this machine' },
    ]);
    await expect(pocket.reopen({ haproxy: 'no-haproxy' }).stage(one, callOf(1))).rejects.toThrow(/not found/);
  });
});
