import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRepository } from '../../src/platform/git.ts';

let dir: string;
const git = async (...parameters: string[]) => {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
  return (await execa('git', ['-C', dir, ...who, ...parameters])).stdout;
};
const put = async (file: string, content: string | Uint8Array) => {
  await fs.mkdir(path.dirname(path.join(dir, file)), { recursive: true });
  await fs.writeFile(path.join(dir, file), content);
};
const commit = async () => {
  await git('add', '--all');
  await git('commit', '--quiet', '--allow-empty', '--message', 'x');
  return git('rev-parse', 'HEAD');
};
const limits = { files: 10, bytes: 1024 ** 2 };
const bytes = Uint8Array.from({ length: 512 }, (_, index) => index);

beforeAll(async () => {
  dir = await fs.mkdtemp(path.join(tmpdir(), 'git-folder-'));
  await git('init', '--quiet');
});
afterAll(() => fs.rm(dir, { recursive: true, force: true }));

test('the folder as the commit has it, byte by byte, whatever the working tree has', async () => {
  await put('app/deploy/chart/Chart.yaml', 'name: x\n');
  await put('app/deploy/chart/charts/a b\tc.tgz', bytes);
  await put('app/deploy/charts.yaml', 'no part of it');
  const sha = await commit();
  await put('app/deploy/chart/Chart.yaml', 'changed');
  const below = await openRepository(path.join(dir, 'app'));
  for (const folder of ['deploy/chart', './deploy//chart/']) {
    const read = await below.readFolder(sha, folder, limits);
    expect([...(read ?? [])].map(([name]) => name)).toEqual(['Chart.yaml', 'charts/a b\tc.tgz']);
    expect(read?.get('Chart.yaml')?.toString()).toBe('name: x\n');
    expect(read?.get('charts/a b\tc.tgz')).toEqual(Buffer.from(bytes));
  }
  expect([...((await below.readFolder(sha, '.', limits)) ?? [])].map(([name]) => name)).toContain(
    'deploy/charts.yaml',
  );
  for (const none of ['nothing', 'deploy/charts.yaml', 'deploy/ch*'])
    expect(await below.readFolder(sha, none, limits)).toBeUndefined();
});

test('too much, links, submodules and names that lead elsewhere are refused', async () => {
  const repository = await openRepository(dir);
  const refusal = (message: string) => ({ code: 'GIT_FAILED', message: expect.stringContaining(message) });
  await put('many/1', '');
  await put('many/2', 'xy');
  let sha = await commit();
  await expect(repository.readFolder(sha, 'many', { files: 1, bytes: 10 })).rejects.toMatchObject(
    refusal('is too large: 2 files'),
  );
  await expect(repository.readFolder(sha, 'many', { files: 2, bytes: 1 })).rejects.toMatchObject(
    refusal('is too large'),
  );
  await fs.symlink('/etc/passwd', path.join(dir, 'many/3'));
  sha = await commit();
  await expect(repository.readFolder(sha, 'many', limits)).rejects.toMatchObject(
    refusal('no file of its own: 3'),
  );
  await git('rm', '--quiet', 'many/3');
  await git('update-index', '--add', '--cacheinfo', `160000,${sha},many/module`);
  await git('commit', '--quiet', '--message', 'submodule');
  sha = await git('rev-parse', 'HEAD');
  await expect(repository.readFolder(sha, 'many', limits)).rejects.toMatchObject(
    refusal('no file of its own: module'),
  );
  // A tree that git itself would never write.
  const { stdout: blob } = await execa('git', ['-C', dir, 'hash-object', '-w', '--stdin'], { input: 'x' });
  const entry = (mode: string, name: string, object: string) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(object, 'hex')]);
  const tree = async (content: Buffer) => {
    const write = ['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'];
    return (await execa('git', ['-C', dir, ...write], { input: content })).stdout;
  };
  const top = await tree(
    entry('40000', 'many', await tree(entry('40000', '..', await tree(entry('100644', 'up', blob))))),
  );
  sha = await git('commit-tree', '-m', 'hostile', top);
  await expect(repository.readFolder(sha, 'many', limits)).rejects.toMatchObject({ code: 'GIT_FAILED' });
});
