import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openScale } from '../../../src/deployments/targets/told-replicas.ts';

let dir: string;
beforeEach(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'scale-'));
});
afterEach(() => fs.rm(dir, { recursive: true, force: true }));

test('numbers are kept by service, until they are forgotten', async () => {
  const scale = openScale(dir);
  expect(await scale.read()).toEqual({});
  await scale.set('web', 3);
  await scale.set('worker', 1);
  expect(await openScale(dir).read()).toEqual({ web: 3, worker: 1 });
  await scale.forget();
  expect(await scale.read()).toEqual({});
});

test.each(['', '{', '[]', '{"web":"3"}', '{"web":0}', '{"web":-1}', '{"web":1e99}'])(
  'what is no number of instances is refused: %s',
  async (text) => {
    await fs.writeFile(path.join(dir, 'scale.json'), text);
    await expect(openScale(dir).read()).rejects.toMatchObject({
      code: 'TARGET_FAILED',
      remedy: expect.stringContaining('Remove that file'),
    });
    await expect(openScale(dir).set('web', 2)).rejects.toMatchObject({ code: 'TARGET_FAILED' });
  },
);
