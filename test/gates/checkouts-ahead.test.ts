import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { checkoutsAhead } from '../../src/gates/checkouts-ahead.ts';
import { openCheckouts } from '../../src/platform/checkout.ts';
import { openRepository } from '../../src/platform/git.ts';
import { newFolder } from '../new-folder.ts';

let dir: string;
let sha: string;
const worktrees = () => path.join(dir, '.devops', 'worktrees');
const lying = async () => (await fs.readdir(worktrees())).map((name) => name.split('.')[0]).sort();
const open = async () =>
  openCheckouts(await openRepository(dir), { worktreesDir: worktrees(), projectDir: dir });

beforeAll(async () => {
  dir = await newFolder('checkouts-ahead-');
  const git = async (...args: string[]) =>
    (await execa('git', ['-C', dir, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args]))
      .stdout;
  await git('init', '--quiet');
  await fs.writeFile(path.join(dir, 'a.txt'), 'one\n');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'one');
  sha = await git('rev-parse', 'HEAD');
});
afterAll(() => fs.rm(dir, { recursive: true, force: true }));

test('while one is used, the next is made, and no more than that', async () => {
  const checkouts = checkoutsAhead(open(), sha, ['unit', 'lint', 'types']);
  const unit = await checkouts.take('unit');
  expect(await fs.readFile(path.join(unit.dir, 'a.txt'), 'utf8')).toBe('one\n');
  await vi.waitFor(async () => expect(await lying()).toEqual(['lint', 'unit']));
  const lint = await checkouts.take('lint');
  expect(lint.dir).not.toBe(unit.dir);
  await vi.waitFor(async () => expect(await lying()).toEqual(['lint', 'types', 'unit']));
  await unit.remove();
  await lint.remove();
  await checkouts.close();
  expect(await lying()).toEqual([]);
  expect(await fs.readdir(path.join(dir, '.devops', 'checkouts.git', 'worktrees'))).toEqual([]);
});

test('one that was made and is not needed any more is removed', async () => {
  const checkouts = checkoutsAhead(open(), sha, ['unit', 'lint']);
  await (await checkouts.take('unit')).remove();
  await checkouts.close();
  expect(await lying()).toEqual([]);
});

test('a check that is not on the list gets its own', async () => {
  const checkouts = checkoutsAhead(open(), sha, ['unit']);
  const smoke = await checkouts.take('smoke');
  expect(path.basename(smoke.dir)).toMatch(/^smoke\./);
  await smoke.remove();
  await checkouts.close();
});

test('each check hears why there are no checkouts, and closing does not fail', async () => {
  const broken = checkoutsAhead(Promise.reject(new Error('no repository')), sha, ['unit', 'lint']);
  await expect(broken.take('unit')).rejects.toThrow('no repository');
  await expect(broken.take('lint')).rejects.toThrow('no repository');
  await broken.close();
  const unknown = checkoutsAhead(open(), 'f'.repeat(40), ['unit', 'lint']);
  await expect(unknown.take('unit')).rejects.toMatchObject({ code: 'GIT_FAILED' });
  await unknown.close();
  expect(await lying()).toEqual([]);
});
