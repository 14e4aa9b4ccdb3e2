import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Checkout, checkOut } from '../../src/platform/checkout.ts';
import { openRepository } from '../../src/platform/git.ts';
import { newFolder } from '../new-folder.ts';

/** A checkout holds what the commit holds, whatever the project's repository and its user are set to. */

let dir: string;
let sha: string;
const git = async (...args: string[]) => (await execa('git', ['-C', dir, ...args])).stdout;
const write = async (file: string, text: string) => {
  await fs.mkdir(path.dirname(path.join(dir, file)), { recursive: true });
  await fs.writeFile(path.join(dir, file), text);
};

beforeAll(async () => {
  dir = await newFolder('checkout-');
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Ada');
  await git('config', 'user.email', 'ada@example.com');
  await write('test.js', 'process.exit(1);\n');
  await write('sub/run.sh', '#!/bin/sh\n');
  await fs.chmod(path.join(dir, 'sub/run.sh'), 0o755);
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'red');
  await git('tag', '-a', 'v1', '-m', 'first');
  sha = await git('rev-parse', 'HEAD');
});
afterAll(() => fs.rm(dir, { recursive: true, force: true }));

async function inCheckout<T>(work: (checkout: Checkout) => Promise<T>): Promise<T> {
  const checkout = await checkOut(await openRepository(dir), {
    sha,
    worktreesDir: path.join(dir, '.devops', 'worktrees'),
    projectDir: dir,
    purpose: 'unit',
  });
  try {
    return await work(checkout);
  } finally {
    await checkout.remove();
  }
}

const contentOf = () => inCheckout(({ dir: at }) => fs.readFile(path.join(at, 'test.js'), 'utf8'));

test('holds the files of the commit with their modes, and is gone afterwards', async () => {
  const at = await inCheckout(async (checkout) => {
    expect(await fs.readFile(path.join(checkout.dir, 'test.js'), 'utf8')).toBe('process.exit(1);\n');
    expect((await fs.stat(path.join(checkout.dir, 'sub/run.sh'))).mode & 0o111).not.toBe(0);
    return checkout.dir;
  });
  await expect(fs.access(at)).rejects.toThrow();
  expect(await git('worktree', 'list')).not.toContain('.devops');
});

test('what is uncommitted, and what attributes and filters of the repository would make of it, stays out', async () => {
  await write('test.js', 'process.exit(0);\n');
  await write('planted.js', '');
  await write('.git/info/attributes', 'test.js filter=green\n');
  await git('config', 'filter.green.smudge', 'sed s/1/0/');
  await git('config', 'core.autocrlf', 'true');
  expect(await contentOf()).toBe('process.exit(1);\n');
  await inCheckout(async ({ dir: at }) => {
    expect((await fs.readdir(at)).sort()).toEqual(['.git', 'sub', 'test.js']);
  });
});

test('nor does a sparse checkout, a hook or a replaced object change it', async () => {
  await git('config', 'core.sparseCheckout', 'true');
  await write('.git/info/sparse-checkout', '/sub/\n');
  await write('.git/hooks/post-checkout', '#!/bin/sh\necho "process.exit(0);" > test.js\n');
  await fs.chmod(path.join(dir, '.git/hooks/post-checkout'), 0o755);
  const blob = await git('rev-parse', `${sha}:test.js`);
  const green = (
    await execa('git', ['-C', dir, 'hash-object', '-w', '--stdin'], { input: 'process.exit(0);\n' })
  ).stdout;
  await git('replace', blob, green);
  expect(await contentOf()).toBe('process.exit(1);\n');
});

test('git in it knows the commit, its history and the tags, and cannot move what the project has', async () => {
  await inCheckout(async ({ dir: at }) => {
    const inside = async (...args: string[]) => (await execa('git', ['-C', at, ...args])).stdout;
    expect(await inside('rev-parse', 'HEAD')).toBe(sha);
    expect(await inside('describe')).toBe('v1');
    expect(await inside('log', '--format=%s')).toBe('red');
    await inside('notes', '--ref=devops-reviews', 'add', '-m', 'approved', sha).catch(() => undefined);
    await inside('update-ref', 'refs/heads/main', sha);
  });
  expect(await git('for-each-ref', '--format=%(refname)', 'refs/notes')).toBe('');
});

test('a commit whose files are missing is told apart from one that is not there', async () => {
  const blob = await git('rev-parse', `${sha}:sub/run.sh`);
  const object = path.join(dir, '.git', 'objects', blob.slice(0, 2), blob.slice(2));
  await fs.rename(object, `${object}.away`);
  await expect(contentOf()).rejects.toMatchObject({ code: 'GIT_FAILED' });
  await fs.rename(`${object}.away`, object);
  expect(await contentOf()).toBe('process.exit(1);\n');
});
