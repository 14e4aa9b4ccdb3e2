import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommandTargetConfig } from '../../../src/config/schema.ts';
import { openCommandTarget } from '../../../src/deployments/targets/command.ts';
import type { Target } from '../../../src/deployments/targets/types.ts';
import { type ReleaseFixture, releaseFixture } from './release-fixture.ts';

let fixture: ReleaseFixture;
let target: Target;

const commands: CommandTargetConfig = {
  kind: 'command',
  url: 'http://127.0.0.1:9/',
  deploy: 'env | grep -E "^(DEVOPS|TARGET|API)" | sort > given; echo "$DEVOPS_VERSION" > live; echo deployed',
  rollback: 'echo "back to $DEVOPS_VERSION from $DEVOPS_PREVIOUS_VERSION"; echo "$DEVOPS_VERSION" > live',
  version: 'cat live',
  environment: {},
  passEnvironment: [],
  timeout: 5_000,
};

function openTarget(change: Partial<CommandTargetConfig> = {}): Target {
  return openCommandTarget({
    environment: 'test',
    project: 'fixture',
    projectDir: fixture.dir,
    stateDir: path.join(fixture.dir, 'state'),
    config: { ...commands, ...change },
    serverEnvironment: { ...process.env, API_TOKEN: 'not to be handed on' },
  });
}

beforeEach(async () => {
  fixture = await releaseFixture();
  target = openTarget();
});
afterEach(() => fixture.remove());

test('deploys with everything the contract promises in the environment, and nothing else of ours', async () => {
  const one = await fixture.release('one');
  await target.activate(one, { ...fixture.call(4), previous: { ...one, version: 'zero' } });
  const given = Object.fromEntries(
    (await readFile(path.join(fixture.dir, 'given'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  );
  expect(given).toEqual({
    DEVOPS_ENVIRONMENT: 'test',
    DEVOPS_COMMIT: one.commit,
    DEVOPS_VERSION: 'one',
    DEVOPS_ARTIFACT: one.artifact.path,
    DEVOPS_ARTIFACT_DIGEST: one.artifact.digest,
    DEVOPS_DEPLOYMENT_ID: 'dep-4',
    DEVOPS_RELEASE: '4',
    DEVOPS_PREVIOUS_VERSION: 'zero',
    TARGET_URL: 'http://127.0.0.1:9',
  });
  expect(await target.live()).toEqual({ version: 'one' });
  expect(fixture.log).toContain('deployed');
});

test('restores by its rollback command', async () => {
  const one = await fixture.release('one');
  await target.restore(one, fixture.call(5));
  expect(await target.live()).toEqual({ version: 'one' });
});

test('a command that fails, or hangs, is an error with its last words', async () => {
  const one = await fixture.release('one');
  await expect(
    openTarget({ deploy: 'echo no space left; exit 7' }).activate(one, fixture.call(1)),
  ).rejects.toThrow(/exit code 7.*no space left/);
  await expect(
    openTarget({ deploy: 'sleep 60', timeout: 200 }).activate(one, fixture.call(1)),
  ).rejects.toThrow(/timeout/);
});

test('nothing is live when the status command says no, or no version is known', async () => {
  expect(await openTarget({ status: 'exit 1' }).live()).toBeUndefined();
  expect(await openTarget({ version: 'true' }).live()).toBeUndefined();
  expect(await openTarget({ version: undefined }).live()).toBeUndefined();
});

test('restorable means: the artifact is there, unchanged, and the command agrees', async () => {
  const one = await fixture.release('one');
  expect(await target.notRestorable(one)).toBeUndefined();
  expect(await openTarget({ restorable: 'exit 1' }).notRestorable(one)).toMatch(/says no/);
  await writeFile(one.artifact.path, 'changed');
  expect(await target.notRestorable(one)).toMatch(/changed/);
  await rm(one.artifact.path);
  expect(await target.notRestorable(one)).toMatch(/no longer kept/);
});

test('a first release cannot be taken out of service by commands that nobody gave', async () => {
  await expect(target.stop(fixture.call(1))).rejects.toThrow(/cannot take test out of service/);
  expect(target.capabilities).toEqual({ stage: false, traffic: false });
});
