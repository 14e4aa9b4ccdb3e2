import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { imageReferenceOf, packImageReference } from '../../src/deployments/image-reference.ts';
import { packFolder } from '../../src/platform/archive.ts';
import { temporaryFolder } from './targets/releases.ts';

let dir: string;

beforeEach(async () => {
  dir = await temporaryFolder();
});
afterEach(() => fs.rm(dir, { recursive: true, force: true }));

const digest = `sha256:${'0a'.repeat(32)}`;

test('the last line that a build prints is the artifact; the same reference, the same artifact', async () => {
  const reference = `registry.example.com:5000/team/shop:1.2@${digest}`;
  const artifact = await packImageReference(`Pushed.\r\n${reference}\r\n\n`, dir);
  expect(await imageReferenceOf(artifact)).toBe(reference);
  expect(await packImageReference(reference, dir)).toEqual(artifact);
  expect((await packImageReference(`shop@${digest}`, dir)).digest).not.toBe(artifact.digest);
  expect(await fs.readdir(dir)).toHaveLength(2);
});

test.each([
  ['nothing', '', 'printed nothing'],
  ['a tag', 'registry.example.com/shop:latest', 'registry.example.com/shop:latest'],
  ['a digest alone', digest, digest],
  ['a short digest', 'shop@sha256:0a', 'shop@sha256:0a'],
  ['an option', `--privileged@${digest}`, '--privileged'],
  ['words before it', `digest: shop@${digest}`, 'digest: shop'],
])('%s is no reference', async (_, printed, found) => {
  await expect(packImageReference(printed, dir)).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    message: expect.stringContaining(found),
  });
});

test('files are no reference, also when one is called like it', async () => {
  const folder = path.join(dir, 'files');
  await fs.mkdir(folder);
  await fs.writeFile(path.join(folder, 'image.ref'), `shop@${digest}\n`);
  await fs.writeFile(path.join(folder, 'other'), '');
  expect(await imageReferenceOf(await packFolder(folder, dir))).toBeUndefined();
  await fs.rm(path.join(folder, 'other'));
  await fs.writeFile(path.join(folder, 'image.ref'), 'shop:latest');
  expect(await imageReferenceOf(await packFolder(folder, dir))).toBeUndefined();
});
