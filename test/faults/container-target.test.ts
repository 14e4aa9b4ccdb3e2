import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Release } from '../../src/deployments/targets/types.ts';
import { packageDir } from '../../src/platform/self.ts';
import { type LoadResult, startLoad } from '../deployments/targets/load.ts';
import { openPocketContainers, type PocketContainers } from '../deployments/targets/pocket-containers.ts';
import { callOf, createRelease } from '../deployments/targets/releases.ts';
import { useDocker } from '../testbed/use-docker.ts';

/**
 * Whoever brings a release to a container target is killed, and whoever comes next finishes it or goes back: under
 * load, no request is lost and nothing is left. `FAULTS=full` kills before and after every call of Docker.
 */
vi.setConfig({ testTimeout: 240_000 });

const docker = useDocker();
let pocket: PocketContainers;
let live: Release;
let load: LoadResult;
let fence = 1;

const inDir = (name: string) => path.join(pocket.dir, name);
const configuration = () => fs.readFile(path.join(pocket.stateDir, 'haproxy.cfg'), 'utf8');

/** Docker, but at the call that `moment` names it kills whoever asks; a call that had begun goes on without him. */
const killingDocker = `cd "$(dirname "$0")"
count=$(($(cat count) + 1)); echo $count >count
[ "$(cat moment)" = "before call $count" ] && kill -9 "$(cat pid)"
docker "$@"; code=$?
[ "$(cat moment)" = "after call $count" ] && kill -9 "$(cat pid)"
exit $code
`;

beforeAll(async () => {
  if (!docker.runs) return;
  pocket = await openPocketContainers(docker);
  await fs.writeFile(inDir('docker.sh'), killingDocker);
  live = await createRelease(pocket.dir, 'r1');
  await pocket.target.activate(live, callOf(fence));
});
afterAll(() => pocket?.destroy());
beforeEach(() => {
  load = startLoad(`${pocket.target.url}/`, 6, 50);
  return () => load.stop();
});

/** @param moment a call of Docker, or what the front's file has come to say @returns how many calls of Docker it made */
async function switchKilledAt(moment: string, release: Release): Promise<{ calls: number; ended: boolean }> {
  await fs.writeFile(inDir('count'), '0');
  await fs.writeFile(inDir('moment'), moment);
  const { settings } = pocket;
  const effect = {
    settings: { ...settings, config: { ...settings.config, docker: `sh '${inDir('docker.sh')}'` } },
    pidFile: inDir('pid'),
    release,
    previous: live,
    fence,
  };
  const script = path.join(packageDir, 'test', 'faults', 'container-effect.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(effect)], {
    cwd: packageDir,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  const closed = once(child, 'close');
  if (moment.startsWith('the file')) {
    const says = (text: string) =>
      moment.endsWith('gives it the traffic') ? text.includes(release.id) : !text.includes(live.id);
    while (child.exitCode === null && !says(await configuration())) await sleep(1);
    child.kill('SIGKILL');
  }
  await closed;
  return { calls: Number(await fs.readFile(inDir('count'), 'utf8')), ended: said.includes('ended') };
}

/** @returns whether the moment came: the number of calls is not always the same */
async function round(moment: string, goesOn: boolean): Promise<boolean> {
  fence += 1;
  const { target } = pocket;
  const release = await createRelease(pocket.dir, `r${fence}`);
  const { ended } = await switchKilledAt(moment, release);
  expect([live.id, release.id]).toContain((await target.live())?.releaseId);
  const call = callOf(fence, live);
  const [wins, loses] = goesOn ? [release, live] : [live, release];
  await target.restore(wins, call);
  await target.retire(loses, call);
  await target.prune({ releases: [wins], inUse: [] }, call);
  expect(await target.live()).toEqual({ releaseId: wins.id, version: wins.version });
  expect(Object.values(await pocket.shares())).toEqual([100]);
  const left = await docker.docker('ps', '--all', '--format', '{{.Names}}');
  expect(left).toMatch(new RegExp(`^staging-${wins.id}-\\w+$`));
  expect({ moment, goesOn, lost: load.failures }).toEqual({ moment, goesOn, lost: [] });
  live = wins;
  return !ended;
}

test.each([
  ['the file gives it the traffic', false],
  ['the file has forgotten the one before', true],
  ['before call 4', true], // docker run
])('killed, %s; then it goes on: %s', async (moment, goesOn) => {
  expect(await round(moment, goesOn)).toBe(true);
});

test.runIf(process.env.FAULTS === 'full')(
  'killed before and after every call of Docker',
  async () => {
    let rounds = 0;
    for (let call = 1; ; call += 1) {
      for (const when of ['before', 'after']) {
        for (const goesOn of [true, false]) {
          if (!(await round(`${when} call ${call}`, goesOn))) {
            expect(call).toBeGreaterThan(8);
            return console.log(`${rounds} times killed`);
          }
          rounds += 1;
        }
      }
    }
  },
  1_200_000,
);
