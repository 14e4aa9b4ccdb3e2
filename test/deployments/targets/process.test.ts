import { readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer, get } from 'node:http';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openProcessTarget } from '../../../src/deployments/targets/process.ts';
import type { Target } from '../../../src/deployments/targets/types.ts';
import type { HostState } from '../../../src/platform/process-host/protocol.ts';
import { freePort } from '../../../src/platform/process-host/supervisor.ts';
import { type ReleaseFixture, releaseFixture } from './release-fixture.ts';

let fixture: ReleaseFixture;
let target: Target;
let port: number;

beforeEach(async () => {
  fixture = await releaseFixture();
  port = await freePort();
  target = openTarget();
});
afterEach(async () => {
  await target.stop(fixture.call(1_000_000));
  await fixture.remove();
});

function openTarget(run = 'exec node service.mjs'): Target {
  return openProcessTarget({
    environment: 'test',
    project: 'fixture',
    projectDir: fixture.dir,
    stateDir: path.join(fixture.dir, 'state'),
    config: {
      kind: 'process',
      run,
      port,
      host: '127.0.0.1',
      environment: {},
      passEnvironment: [],
      keep: 2,
      drain: 2_000,
    },
    serverEnvironment: process.env,
  });
}

const served = async () =>
  ((await (await fetch(`${target.url}/healthz`)).json()) as { version: string }).version;
const hostState = async () =>
  JSON.parse(await readFile(path.join(fixture.dir, 'state/host.json'), 'utf8')) as HostState;
const hostPid = async () =>
  Number((await execa('pgrep', ['-f', `process-host --state ${fixture.dir}`])).stdout.split('\n')[0]);

/** Keep-alive clients that never stop asking, and count what went wrong. */
function startLoad(slowMs: number): { stop(): Promise<{ requests: number; failed: string[] }> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const failed: string[] = [];
  let requests = 0;
  let over = false;
  const once = (url: string) =>
    new Promise<void>((resolve) => {
      requests += 1;
      get(url, { agent }, (response) => {
        if (response.statusCode !== 200) failed.push(String(response.statusCode));
        response.resume();
        response.on('close', () => {
          if (!response.complete) failed.push('cut off');
          resolve();
        });
      }).on('error', (error) => {
        failed.push(error.message);
        resolve();
      });
    });
  const worker = async (url: string) => {
    while (!over) await once(url);
  };
  const workers = [
    ...Array.from({ length: 8 }, () => worker(`${target.url}/`)),
    ...Array.from({ length: 4 }, () => worker(`${target.url}/?ms=${slowMs}`)),
  ];
  return {
    async stop() {
      over = true;
      await Promise.all(workers);
      agent.destroy();
      return { requests, failed };
    },
  };
}

test('switches and switches back under load, slow requests included, without losing one', async () => {
  const [one, two] = [await fixture.release('one'), await fixture.release('two')];
  await target.activate(one, fixture.call(1));
  expect(await served()).toBe('one');
  const load = startLoad(300);
  for (let round = 0; round < 4; round += 1) {
    await target.activate(round % 2 === 0 ? two : one, fixture.call(2 + round));
    expect(await served()).toBe(round % 2 === 0 ? 'two' : 'one');
    await target.retire(round % 2 === 0 ? one : two, fixture.call(2 + round));
  }
  const { requests, failed } = await load.stop();
  expect(failed).toEqual([]);
  expect(requests).toBeGreaterThan(500);
});

test('counts the real traffic of a release, errors apart', async () => {
  await target.activate(await fixture.release('one', { failsAfterRequests: 30 }), fixture.call(1));
  for (let count = 0; count < 50; count += 1) await fetch(target.url).then((response) => response.text());
  const traffic = await target.traffic(await fixture.release('one', { failsAfterRequests: 30 }));
  expect(traffic).toMatchObject({ requests: 50, errors: 20 });
  expect(traffic?.p99Ms).toBeGreaterThanOrEqual(traffic?.p50Ms ?? Infinity);
});

test('kill -9 of the host: releases live on, a new host takes them over', async () => {
  const one = await fixture.release('one');
  await target.activate(one, fixture.call(1));
  const before = (await hostState()).releases.one?.process;
  process.kill(await hostPid(), 'SIGKILL');
  await expect.poll(() => target.live()).toBeUndefined();
  await target.activate(one, fixture.call(2));
  expect(await served()).toBe('one');
  expect((await hostState()).releases.one?.process).toEqual(before);
  expect(await target.live()).toEqual({ releaseId: 'one', version: 'one' });
});

test('a release that crashes is started again', async () => {
  await target.activate(await fixture.release('one'), fixture.call(1));
  process.kill((await hostState()).releases.one?.process?.pid as number, 'SIGKILL');
  await expect.poll(() => served().catch(() => 'down'), { timeout: 8_000 }).toBe('one');
});

test('a release that ends at once is reported with what it wrote, and nothing of it stays', async () => {
  target = openTarget('echo "cannot find my database" >&2; exit 1');
  await expect(target.stage(await fixture.release('bad'), fixture.call(1))).rejects.toThrow(
    /did not start: its process ended/,
  );
  expect(fixture.log.join('\n')).toContain('cannot find my database');
  expect(await target.live()).toBeUndefined();
});

test('an effect of an earlier deployment is refused', async () => {
  const [one, two] = [await fixture.release('one'), await fixture.release('two')];
  await target.activate(two, fixture.call(7));
  await expect(target.activate(one, fixture.call(6))).rejects.toThrow(/fencing number 6 is lower than 7/);
  expect(await served()).toBe('two');
});

test('the live release cannot be ended', async () => {
  const one = await fixture.release('one');
  await target.activate(one, fixture.call(1));
  await expect(target.retire(one, fixture.call(1))).rejects.toThrow(/is live/);
  expect(await served()).toBe('one');
});

test('an artifact with another digest is refused before anything starts', async () => {
  const one = await fixture.release('one');
  await writeFile(one.artifact.path, 'something else');
  await expect(target.activate(one, fixture.call(1))).rejects.toThrow(/digest/);
  expect(await target.notRestorable(one)).toMatch(/was changed/);
  await rm(one.artifact.path);
  expect(await target.notRestorable(one)).toMatch(/neither/);
});

test('prune keeps what a rollback needs', async () => {
  const releases = await Promise.all(['one', 'two', 'three'].map((id) => fixture.release(id)));
  for (const [index, release] of releases.entries()) {
    await target.activate(release, fixture.call(index + 1));
    if (index > 0) await target.retire(releases[index - 1] as (typeof releases)[0], fixture.call(index + 1));
  }
  await target.stage(await fixture.release('abandoned'), fixture.call(9));
  await target.stage(await fixture.release('tested'), fixture.call(9));
  await target.prune({ releases: [...releases].reverse(), inUse: ['tested'] }, fixture.call(9));
  const { stdout } = await execa('ls', [path.join(fixture.dir, 'state/releases')]);
  expect(stdout.split('\n').sort()).toEqual(['tested', 'three', 'two']);
  expect(Object.keys((await hostState()).releases).sort()).toEqual(['tested', 'three']);
});

test('two hosts started at once: one serves, the other goes away', async () => {
  await target.activate(await fixture.release('one'), fixture.call(1));
  const second = await execa(process.execPath, [
    path.resolve('dist/cli.js'),
    'internal',
    'process-host',
    '--state',
    path.join(fixture.dir, 'state'),
  ]);
  expect(second.exitCode).toBe(0);
  expect(await served()).toBe('one');
});

test('a port that somebody else holds is a problem that is named', async () => {
  const other = createServer().listen(port, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  expect(await target.problems()).toEqual([
    expect.objectContaining({ what: expect.stringContaining(String(port)) }),
  ]);
  await expect(target.activate(await fixture.release('one'), fixture.call(1))).rejects.toThrow(
    /does not start/,
  );
  await new Promise((resolve) => other.close(resolve));
});

test('taken out of service, nothing of it runs', async () => {
  await target.activate(await fixture.release('one'), fixture.call(1));
  await target.stop(fixture.call(2));
  await expect.poll(() => served().catch(() => 'down')).toBe('down');
  await expect
    .poll(async () => (await execa('pgrep', ['-f', fixture.dir], { reject: false })).stdout)
    .toBe('');
});
