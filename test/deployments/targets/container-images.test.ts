import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { packImageReference } from '../../../src/deployments/image-reference.ts';
import type { Release } from '../../../src/deployments/targets/types.ts';
import { freePort } from '../../../src/platform/process-host/ports.ts';
import { startRegistry } from '../../testbed/registry.ts';
import { useDocker } from '../../testbed/use-docker.ts';
import { openPocketContainers, type PocketContainers } from './pocket-containers.ts';
import { callOf, createRelease } from './releases.ts';

/** Which image a container target runs, where it gets it from, and what it keeps. */

// Each container costs seconds on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 180_000 });

const docker = useDocker();
let pocket: PocketContainers;
let one: Release;
let two: Release;

beforeEach(async () => {
  pocket = await openPocketContainers(docker);
  one = await createRelease(pocket.dir, 'one');
  two = await createRelease(pocket.dir, 'two');
});
afterEach(() => pocket?.destroy());

const ask = async (route = '/') => (await fetch(`${pocket.target.url}${route}`)).text();

test('an artifact with another digest never runs', async () => {
  await fs.appendFile(one.artifact.path, 'x');
  await expect(pocket.target.stage(one, callOf(1))).rejects.toMatchObject({
    code: 'TARGET_FAILED',
    message: expect.stringContaining(one.artifact.digest),
  });
  expect(await docker.docker('ps', '--all', '--quiet')).toBe('');
  expect(await pocket.target.notRestorable(one)).toMatch(/was changed/);
});

test('every environment runs the very image that the first one built, and only that', async () => {
  const { target } = pocket;
  await target.activate(one, callOf(1));
  const call = callOf(1);
  const production = pocket.reopen({ port: await freePort() }, { environment: 'production' });
  await production.activate({ ...one, environment: 'production', id: 'deployment-live' }, call);
  expect(call.lines.join('\n')).not.toContain(' build ');
  const { image } = await pocket.container(one.id);
  expect((await pocket.container('deployment-live')).image).toBe(image);
  await target.stop(callOf(1));
  expect(await (await fetch(production.url)).text()).toBe('one'); // each target knows its own
  await production.stop(callOf(1));

  const archive = one.artifact.path;
  await fs.rename(archive, `${archive}.away`);
  expect(await target.notRestorable(one)).toBeUndefined(); // the image alone is enough
  await target.restore(one, callOf(2));
  expect(await ask()).toBe('one');
  const record = archive.replace(/\.tar$/, '.image.json');
  await fs.rename(record, `${record}.away`);
  expect(await target.notRestorable(one)).toMatch(/no longer kept/);
  await fs.rename(`${record}.away`, record);
  await fs.rename(`${archive}.away`, archive);
  await target.stop(callOf(2));
  const other = pocket.reopen({ dockerfile: 'Other' });
  expect(await other.notRestorable(one)).toBe('its image was built by Dockerfile, not by Other');
  await docker.docker('image', 'rm', '--force', image);
  expect(await target.notRestorable(one)).toMatch(/its image sha256:\w+ is not here/);
  await expect(target.restore(one, callOf(2))).rejects.toMatchObject({ code: 'TARGET_FAILED' });
});

test('an image by reference is pulled by its digest; with the registry down it is refused, and runs when it is here', async () => {
  const registry = await startRegistry(docker.dir);
  try {
    const target = pocket.reopen({ dockerfile: undefined });
    await docker.docker('tag', 'testbed/node', `${registry.name}/base`);
    const context = path.join(pocket.dir, 'context');
    await fs.cp('test/fixtures/release', context, { recursive: true });
    await docker.docker('build', '--quiet', '--tag', `${registry.name}/shop:1`, context);
    await docker.docker('push', '--quiet', `${registry.name}/shop:1`);
    const format = '{{range .RepoDigests}}{{println .}}{{end}}';
    const reference = (
      await docker.docker('image', 'inspect', '--format', format, `${registry.name}/shop:1`)
    ).trim();
    await docker.docker('image', 'rm', `${registry.name}/shop:1`);
    const release = {
      ...one,
      artifact: await packImageReference(`pushed\n${reference}\n`, path.join(pocket.dir, 'artifacts')),
    };
    await registry.stop();
    await expect(target.stage(release, callOf(1))).rejects.toMatchObject({
      code: 'TARGET_FAILED',
      message: expect.stringMatching(/its image .* cannot be pulled: .*refused/),
    });
    expect(await target.notRestorable(release)).toMatch(/cannot be pulled/);
    const again = await startRegistry(docker.dir);
    try {
      const nobodyHasIt = `${registry.name}/shop@sha256:${'0'.repeat(64)}`;
      const missing = {
        ...two,
        artifact: await packImageReference(nobodyHasIt, path.join(pocket.dir, 'artifacts')),
      };
      await expect(target.stage(missing, callOf(1))).rejects.toThrow(
        /cannot be pulled: .*(unknown|not found)/,
      );
      await target.activate(release, callOf(1));
      expect(await ask()).toBe('one');
    } finally {
      await again.stop();
    }
    expect(await target.notRestorable(release)).toBeUndefined(); // it is here now, whoever is down
  } finally {
    await registry.stop();
  }
});

test('a built image is pushed, and another Docker gets the very same one', async () => {
  const registry = await startRegistry(docker.dir);
  try {
    const target = pocket.reopen({ repository: `${registry.name}/shop` });
    await target.activate(one, callOf(1));
    const { image } = await pocket.container(one.id);
    await target.stop(callOf(1));
    await target.prune({ releases: [], inUse: [] }, callOf(1));
    const ids = await docker.docker('image', 'ls', '--no-trunc', '--quiet', `${registry.name}/shop`);
    if (ids !== '') await docker.docker('image', 'rm', '--force', ids.split('\n')[0] ?? '');
    await target.restore(one, callOf(2)); // as on a machine that never saw it
    expect((await pocket.container(one.id)).image).toBe(image);
    expect(await ask()).toBe('one');
  } finally {
    await registry.stop();
  }
});

test('prunes what nobody needs, and what a killed run left running', async () => {
  const { target } = pocket;
  const tested = { ...(await createRelease(pocket.dir, 'tested')), id: 'candidate-gate-1' };
  const abandoned = { ...(await createRelease(pocket.dir, 'abandoned')), id: 'candidate-gate-2' };
  await target.activate(one, callOf(1));
  await target.stage(tested, callOf(1));
  await target.stage(abandoned, callOf(1));
  await target.activate(two, callOf(2, one));
  await target.retire(one, callOf(2, one));
  const left = async () => {
    const containers = await docker.docker('ps', '--all', '--format', '{{.Names}}');
    const kept = await docker.docker(
      'image',
      'ls',
      '--format',
      '{{.Tag}}',
      `devops-engineer/${pocket.targetId}`,
    );
    return {
      containers: containers
        .split('\n')
        .map((name) => name.replace(/^staging-(.*)-\w+$/, '$1'))
        .sort(),
      images: kept.split('\n').sort(),
    };
  };
  const call = callOf(2, one);
  await target.prune({ releases: [two, one], inUse: [tested.id] }, call);
  const rollbackNeedsOne = [tested.id, one.id, two.id].sort();
  expect(await left()).toEqual({ containers: rollbackNeedsOne, images: rollbackNeedsOne });
  expect(call.lines).toContain('ends abandoned, which a run that died left behind');
  expect(await target.notRestorable(one)).toBeUndefined();
  await target.prune({ releases: [two], inUse: [] }, call);
  expect(await left()).toEqual({ containers: [two.id], images: [two.id] });
  expect(await ask()).toBe('two');
  expect(await pocket.shares()).toEqual({ 'deployment-two.2.100': 100 });
});
