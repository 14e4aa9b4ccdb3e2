import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { environment } from '../../../src/config/schema.ts';
import { openTarget } from '../../../src/deployments/targets/index.ts';
import type { Release, Target } from '../../../src/deployments/targets/types.ts';
import { callOf, createRelease, temporaryFolder } from './releases.ts';

let dir: string;
let one: Release;
let two: Release;

beforeEach(async () => {
  dir = await temporaryFolder();
  one = await createRelease(dir, 'one');
  two = await createRelease(dir, 'two');
});

afterEach(() => fs.rm(dir, { recursive: true, force: true }));

/** A target whose tool is a file: the version that is live stands in `live`. */
function open(config: Record<string, unknown> = {}): Target {
  const { target } = environment.parse({
    target: {
      kind: 'command',
      url: 'http://127.0.0.1:9/',
      deploy: 'echo deploying; printf %s "$DEVOPS_VERSION" > live',
      rollback: 'printf %s "$DEVOPS_VERSION" > live',
      version: 'cat live',
      ...config,
    },
  });
  return openTarget({
    environment: 'staging',
    project: 'shop',
    projectDir: dir,
    stateDir: path.join(dir, 'state'),
    config: target,
    serverEnvironment: { PATH: process.env.PATH, TOKEN: 'secret', OTHER: 'other' },
  });
}

test('deploys, tells what is live, and brings the version before back', async () => {
  const target = open();
  expect(await target.live()).toBeUndefined();
  const call = callOf(1);
  expect(await target.stage(one, call)).toEqual({});
  await target.activate(one, call);
  expect(call.lines).toContain('deploying');
  expect(await target.live()).toEqual({ version: 'one' });
  await target.activate(two, callOf(2, one));
  expect(await target.live()).toEqual({ version: 'two' });
  await target.restore(one, callOf(3, two));
  expect(await target.live()).toEqual({ version: 'one' });
});

test('commands get the facts, the configured values and what is handed through, and nothing else', async () => {
  const target = open({
    deploy: 'env | sort > seen',
    environment: { COLOUR: 'blue', DEVOPS_VERSION: 'forged' },
    passEnvironment: ['TOKEN'],
  });
  await target.activate(two, callOf(7, one));
  const seen = Object.fromEntries(
    (await fs.readFile(path.join(dir, 'seen'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  expect(seen).toMatchObject({
    COLOUR: 'blue',
    TOKEN: 'secret',
    DEVOPS_ENVIRONMENT: 'staging',
    DEVOPS_COMMIT: two.commit,
    DEVOPS_VERSION: 'two',
    DEVOPS_ARTIFACT: two.artifact.path,
    DEVOPS_ARTIFACT_DIGEST: two.artifact.digest,
    DEVOPS_DEPLOYMENT_ID: 'deployment-7',
    DEVOPS_RELEASE: '7',
    DEVOPS_PREVIOUS_VERSION: 'one',
    TARGET_URL: 'http://127.0.0.1:9',
  });
  expect(seen).not.toHaveProperty('OTHER');
});

test('a command that fails is TARGET_FAILED with its last lines', async () => {
  const target = open({ deploy: 'seq 1 20; echo no permission >&2; exit 3' });
  const failure = await target.activate(one, callOf(1)).catch((error: Error) => error);
  expect(failure).toMatchObject({ code: 'TARGET_FAILED' });
  expect((failure as Error).message).toMatch(/exit code 3.*20 \| no permission|exit code 3.*no permission/);
  expect((failure as Error).message).not.toContain(' 10 ');
});

test('a command that takes too long is ended, and says so', async () => {
  const target = open({ deploy: 'sleep 30', timeout: '100ms' });
  await expect(target.activate(one, callOf(1))).rejects.toMatchObject({
    code: 'TARGET_FAILED',
    message: expect.stringContaining('timeout'),
  });
});

test('a deployment that was overtaken is refused before its command runs', async () => {
  const target = open();
  await target.activate(two, callOf(5));
  await expect(target.activate(one, callOf(4))).rejects.toMatchObject({
    code: 'TARGET_FAILED',
    message: expect.stringContaining('number 4 of deployment-4 is lower than 5'),
  });
  await expect(open().restore(one, callOf(4))).rejects.toMatchObject({ code: 'TARGET_FAILED' });
  expect(await target.live()).toEqual({ version: 'two' });
  await target.activate(two, callOf(5)); // the same one may repeat itself
});

test('nothing is live when the status command, the version command or its answer fails', async () => {
  await open().activate(one, callOf(1));
  expect(await open({ status: 'false' }).live()).toBeUndefined();
  expect(await open({ version: 'echo one; exit 1' }).live()).toBeUndefined();
  expect(await open({ version: 'echo' }).live()).toBeUndefined();
  expect(await open({ status: 'true', version: 'echo " one "' }).live()).toEqual({ version: 'one' });
});

test('a release is restorable with its artifact, unchanged, and when the configured command agrees', async () => {
  expect(await open().notRestorable(one)).toBeUndefined();
  expect(await open({ restorable: 'test "$DEVOPS_VERSION" = one' }).notRestorable(one)).toBeUndefined();
  expect(await open({ restorable: 'test "$DEVOPS_VERSION" = one' }).notRestorable(two)).toMatch(/says no/);
  await fs.appendFile(one.artifact.path, 'x');
  expect(await open().notRestorable(one)).toMatch(/was changed/);
  await fs.rm(one.artifact.path);
  expect(await open().notRestorable(one)).toMatch(/no longer kept/);
});

test('taking the environment out of service is refused by name', async () => {
  await expect(open().stop(callOf(1))).rejects.toMatchObject({
    code: 'TARGET_FAILED',
    message: expect.stringContaining('cannot take staging out of service'),
  });
});

test('blank commands are a problem before anything runs', async () => {
  expect(await open().problems()).toEqual([]);
  expect(await open({ deploy: ' ', status: ' ' }).problems()).toEqual([
    { what: 'target.deploy is blank', remedy: 'Set target.deploy in devops.yaml.' },
    { what: 'target.status is blank', remedy: 'Set target.status in devops.yaml.' },
  ]);
});

test('an artifact that was changed after it was proven is never handed to the deploy command', async () => {
  const target = open();
  await fs.appendFile(one.artifact.path, 'x');
  await expect(target.activate(one, callOf(1))).rejects.toThrow(/not what was proven/);
  expect(await target.live()).toBeUndefined();
});
