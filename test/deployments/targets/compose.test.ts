import { spawn } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { overrideText } from '../../../src/deployments/targets/compose/override.ts';
import type { Release } from '../../../src/deployments/targets/types.ts';
import { startMarkOf } from '../../../src/platform/processes.ts';
import { useDocker } from '../../testbed/use-docker.ts';
import { composeProject, openPocketCompose, type PocketCompose, targetIdOf } from './pocket-compose.ts';
import { callOf, type RecordedCall } from './releases.ts';

// Each call of docker-compose costs a second, and each container another, on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 180_000 });

const docker = useDocker();
let pocket: PocketCompose;
let fence = 0;
const next = (previous?: Release): RecordedCall => {
  fence += 1;
  return callOf(fence, previous);
};

/** A service of the same image that stays as it is from release to release: it mounts a file of the commit. */
const store = {
  image: 'testbed/node',
  network_mode: 'bridge',
  command: ['/usr/bin/node', '/mounted/store.mjs'],
  volumes: ['./store:/mounted:ro', 'kept:/data'],
};
const worker = {
  image: '$DEVOPS_IMAGE',
  network_mode: 'bridge',
  environment: ['PORT=8080', 'DEVOPS_VERSION=$DEVOPS_VERSION'],
};
const storeFile = { 'store/store.mjs': 'setInterval(() => undefined, 1000)\n' };
const withStore = (web: Record<string, unknown> = {}, replicas?: number) => {
  const text = pocket.composeFile({
    web: { ...web, ...(replicas !== undefined && { scale: replicas }) },
    services: {
      store,
      worker,
    },
  });
  return JSON.stringify({ ...JSON.parse(text), volumes: { kept: {} } });
};

let one: Release;
beforeAll(async () => {
  if (!docker.runs) return;
  pocket = await openPocketCompose(docker);
  one = await pocket.release('one', withStore(), storeFile);
});
afterAll(() => pocket?.destroy());

const failed = (message: RegExp) => ({ code: 'TARGET_FAILED', message: expect.stringMatching(message) });

/** Each call of docker-compose 1.29 takes seconds: what the conformance suite asks in part is asked whole by `npm run faults`. */
const deep = test.runIf(process.env.FAULTS === 'full');

test('the compose file of the commit is what counts; what did not change is not started anew', async () => {
  const { target } = pocket;
  const call = next();
  await target.activate(one, call);
  expect(call.lines.join('\n')).toMatch(
    process.env.COMPOSE_PLUGIN === undefined ? /\$ docker-compose .*up/ : /\$ docker compose .*up/,
  );
  const [web] = await pocket.containers();
  const [kept] = await pocket.containers('store');
  await fs.writeFile(path.join(pocket.dir, 'compose.yaml'), 'services: { web: { image: evil } }\n');
  await target.activate(one, next()); // another deployment of the same release
  expect(await pocket.containers()).toEqual([web]);
  const two = await pocket.release('two', withStore(), { 'store/other.txt': 'other' });
  await target.activate(two, next(one));
  expect(await target.live()).toEqual({ releaseId: two.id, version: 'two' });
  expect(await pocket.served()).toEqual(['two']);
  expect(await pocket.served('worker')).toEqual(['two']); // by $DEVOPS_IMAGE, not by our file
  expect(await pocket.containers()).not.toEqual([web]);
  expect(await pocket.containers('store')).toEqual([kept]);
});

deep(
  'a release that dies, is never healthy or serves something else fails with its last lines, and the way back works',
  async () => {
    const { target } = pocket;
    const dying = await pocket.release('dying', withStore({ environment: ['PORT=8080', 'DIES_AT_START=1'] }));
    await expect(target.activate(dying, next(one))).rejects.toMatchObject(
      failed(
        /dying does not get ready on staging: .*web.1 ended with exit code 3. Last lines: .*no database/,
      ),
    );
    const ill = await pocket.release(
      'ill',
      withStore({ healthcheck: { test: ['CMD', '/usr/bin/node', '--no-such'], interval: '1s', retries: 1 } }),
    );
    await expect(target.activate(ill, next(dying))).rejects.toMatchObject(
      failed(/is unhealthy by its health check/),
    );
    const lying = pocket.reopen({ version: 'echo nine', readyWithin: '2s' });
    await expect(lying.activate(one, next(ill))).rejects.toMatchObject(failed(/web.1 serves nine/));
    expect(await lying.live()).toMatchObject({ version: 'nine' });
    const asked = pocket.reopen({ version: 'curl -fs http://$DEVOPS_INSTANCE_ADDRESS:8080/' });
    await asked.restore(one, next(ill));
    expect(await asked.live()).toEqual({ releaseId: one.id, version: 'one' });
  },
);

test('what cannot be understood or had is refused before anything is touched', async () => {
  const { target } = pocket;
  const before = await pocket.containers();
  for (const [text, why] of [
    ['services: { api: { image: x } }\n', /has no service "web", only api/],
    ['services: [\n', /is no YAML/],
    ['services: { web: { image: x, color: blue } }\n', /config" failed: .*color/s],
    ['services: { web: { image: "x:${WHICH:?is not said}" } }\n', /config" failed: .*is not said/s],
  ] as const) {
    const bad = await pocket.release('bad', text);
    await expect(target.stage(bad, next(one)), text).rejects.toMatchObject(failed(why));
    expect(await target.problems(), text).toEqual([
      { what: expect.stringMatching(why), remedy: expect.any(String) },
    ]);
    await fs.rm(path.join(pocket.dir, '.devops', 'targets', 'staging', 'releases', bad.id), {
      recursive: true,
    });
  }
  const elsewhere = pocket.reopen({ file: 'other.yaml' });
  await expect(elsewhere.stage(one, next(one))).rejects.toMatchObject(
    failed(/there is no other.yaml in one/),
  );
  expect(await elsewhere.problems()).toMatchObject([{ what: 'there is no other.yaml' }]);
  const without = pocket.reopen({ compose: 'no-such-compose' });
  expect(await without.problems()).toMatchObject([{ what: 'there is no Docker Compose' }]);
  expect(await pocket.containers()).toEqual(before);
  const gone = { ...one, id: 'deployment-gone', commit: '0'.repeat(40) };
  expect(await target.notRestorable(gone)).toMatch(/its compose file cannot be had/);
});

deep(
  'somebody else’s project is left alone; naming it takes over one that nobody of ours brought',
  async () => {
    const [web = ''] = await pocket.containers();
    const stateDir = path.join(pocket.dir, 'elsewhere');
    await expect(pocket.reopen({}, { stateDir }).activate(one, callOf(1))).rejects.toMatchObject(
      failed(/the Compose project shop-staging is there already: .* belongs to another project folder/),
    );
    expect(await pocket.containers()).toEqual([web]);
    await docker.docker('rm', '--force', web);
    const labels = [
      `project=${composeProject}`,
      'service=web',
      'oneoff=False',
      'container-number=1',
      'version=1.29.2',
    ];
    await docker.docker(
      ...['run', '--detach', '--name', 'by-hand'],
      ...labels.flatMap((label) => ['--label', `com.docker.compose.${label}`]),
      ...['--env', 'PORT=8080', 'testbed/node', '/usr/bin/node', '-e', 'setInterval(() => 0, 1000)'],
    );
    await expect(pocket.target.activate(one, next())).rejects.toMatchObject(
      failed(/by-hand was not brought by us/),
    );
    await pocket.reopen({ project: composeProject }).activate(one, next());
    expect(await pocket.served()).toEqual(['one']);
  },
);

deep(
  'a call of Compose that outlived its runner is ended before the next effect; values of secrets are in no file',
  async () => {
    const mark = `compose-${targetIdOf(pocket.dir)}`;
    const leftover = spawn('sleep', ['300'], {
      env: { PATH: process.env.PATH, DEVOPS_RUN: mark },
      detached: true,
    });
    const target = pocket.reopen({ passToService: ['TOKEN'] }, { serverEnvironment: { TOKEN: 'hush-hush' } });
    const call = next();
    await target.activate(one, call);
    expect(startMarkOf(Number(leftover.pid))).toBeUndefined();
    const [web = ''] = await pocket.containers();
    expect(await docker.docker('inspect', web)).toContain('TOKEN=hush-hush');
    const written = path.join(
      pocket.dir,
      '.devops',
      'targets',
      'staging',
      'releases',
      one.id,
      'override.yaml',
    );
    expect(await fs.readFile(written, 'utf8')).toContain('"TOKEN": null');
    expect(call.lines.join('\n')).not.toContain('hush-hush');
  },
);

deep(
  'Docker stopped: nothing is said to be live, and the next effect says what is wrong; started again, it works',
  async () => {
    const { target } = pocket;
    await docker.shutDown();
    try {
      expect(await target.live()).toBeUndefined();
      expect(await target.problems()).toMatchObject([{ what: expect.stringContaining('version" fails') }]);
      await expect(target.stage(one, next())).rejects.toMatchObject({ code: 'TARGET_FAILED' });
      await expect(target.activate(one, next())).rejects.toMatchObject({ code: 'TARGET_FAILED' });
    } finally {
      await docker.startAgain();
    }
    await target.activate(one, next());
    expect(await pocket.served()).toEqual(['one']);
  },
);

deep('keeps what rollbacks need; out of service its volumes stay', async () => {
  const { target } = pocket;
  const releases = await fs.readdir(path.join(pocket.dir, '.devops', 'targets', 'staging', 'releases'));
  expect(releases).toContain('deployment-dying');
  const two = { ...one, id: 'deployment-two' };
  await target.prune({ releases: [one, two], inUse: [] }, next());
  const kept = await fs.readdir(path.join(pocket.dir, '.devops', 'targets', 'staging', 'releases'));
  expect(kept.sort()).toEqual(['deployment-one', 'deployment-two']);
  const images = await docker.docker(
    'image',
    'ls',
    '--format',
    '{{.Tag}}',
    `devops-engineer/${targetIdOf(pocket.dir)}`,
  );
  expect(images.split('\n').sort()).toEqual(['deployment-one', 'deployment-two']);
  await target.stop(next());
  expect(await docker.docker('ps', '--all', '--quiet')).toBe('');
  expect(await docker.docker('volume', 'ls', '--format', '{{.Name}}')).toContain(`${composeProject}_kept`);
  await docker.docker('volume', 'rm', `${composeProject}_kept`);
});

test('what we add says the same version as the user’s file, and no value of ours is a variable of theirs', () => {
  const ours = { service: 'web', image: 'ours', labels: { a: '$HOME' }, environment: { B: null } };
  expect(JSON.parse(overrideText('version: "2.4"\nservices: { web: {} }', ours))).toEqual({
    version: '2.4',
    services: { web: { image: 'ours', labels: { a: '$$HOME' }, environment: { B: null } } },
  });
  expect(JSON.parse(overrideText('include: [other.yaml]', ours))).not.toHaveProperty('version');
});
