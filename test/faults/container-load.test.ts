import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import { packageDir } from '../../src/platform/self.ts';
import { openPocketContainers, type PocketContainers } from '../deployments/targets/pocket-containers.ts';
import { callOf, createRelease } from '../deployments/targets/releases.ts';
import { useDocker } from '../testbed/use-docker.ts';

/** `FAULTS=full`: every way to switch, one after the other, under 1,000 requests a second from 100 connections. */

const docker = useDocker();
let pocket: PocketContainers | undefined;
afterAll(() => pocket?.destroy());

const rate = 1_000;
const seconds = 40;

test.runIf(process.env.FAULTS === 'full')(
  'blue-green, canary, all at once and back: no request of 1,000 a second is lost',
  async () => {
    pocket = await openPocketContainers(docker);
    const { target, dir } = pocket;
    const [one, two, three] = await Promise.all(
      ['one', 'two', 'three'].map((version) => createRelease(dir, version)),
    );
    if (!one || !two || !three) throw new Error('no releases');
    await target.activate(one, callOf(1));
    const autocannon = path.join(packageDir, 'node_modules', '.bin', 'autocannon');
    const load = execa(autocannon, [
      '-j',
      '-R',
      `${rate}`,
      '-c',
      '100',
      '-d',
      `${seconds}`,
      `${target.url}/`,
    ]);
    const startedAt = performance.now();
    await sleep(2_000);

    const blueGreen = callOf(2, one);
    await target.stage(two, blueGreen);
    await target.activate(two, blueGreen);
    await target.retire(one, blueGreen);

    const canary = callOf(3, two);
    await target.stage(three, canary);
    for (const percent of [10, 50]) {
      await target.shift?.(three, percent, canary);
      await sleep(1_000);
    }
    await target.activate(three, canary);
    await target.retire(two, canary);

    const rollback = callOf(4, three);
    await target.restore(two, rollback);
    await target.retire(three, rollback);

    const allAtOnce = callOf(5, two);
    await target.stage(one, allAtOnce);
    await target.activate(one, allAtOnce);
    await target.retire(two, allAtOnce);
    const switchedMs = performance.now() - startedAt;

    const { errors, timeouts, non2xx, requests, latency } = JSON.parse((await load).stdout);
    console.log(
      `${requests.total} requests, ${requests.average}/s, p50 ${latency.p50} ms, p99 ${latency.p99} ms, max ${latency.max} ms; switched after ${Math.round(switchedMs / 1_000)} s`,
    );
    expect({ errors, timeouts, non2xx }).toEqual({ errors: 0, timeouts: 0, non2xx: 0 });
    expect(switchedMs).toBeLessThan(seconds * 1_000);
    expect(requests.total).toBeGreaterThan(0.8 * rate * seconds);
  },
  240_000,
);
