import * as fs from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { assess, subjectOf } from '../../src/gates/assess.ts';
import { type Arena, green, red, script, useArena } from './arena.ts';

/** An agent that has proof of something, and would like it to be proof of something else. */

const arena: Arena = useArena();

beforeEach(() => arena.configure(() => undefined));

/** What is known of the check `unit` without running anything. */
async function known(ref = 'HEAD', environment = 'staging') {
  const project = await arena.app.project();
  const { requirements } = await assess(project, await subjectOf(project, environment, ref));
  return requirements.find(({ name }) => name === 'unit');
}

const noEvidence = { verdict: 'inconclusive', observed: 'no evidence' };

async function proven(): Promise<string> {
  const sha = await arena.commit({ 'test.sh': script(green, 0) });
  expect(await arena.unit()).toMatchObject({ verdict: 'pass' });
  expect(await known()).toMatchObject({ verdict: 'pass' });
  return sha;
}

test('an amended commit is another commit, also with the same files', async () => {
  await proven();
  await arena.git('commit', '--quiet', '--amend', '--allow-empty', '--message', 'the same, honestly');
  expect(await known()).toMatchObject(noEvidence);
});

test('a branch that moved names what it names now', async () => {
  await proven();
  await arena.git('branch', '--force', 'release');
  expect(await known('release')).toMatchObject({ verdict: 'pass' });
  await arena.commit({ 'test.sh': script(red, 1) });
  await arena.git('branch', '--force', 'release');
  expect(await known('release')).toMatchObject(noEvidence);
  expect(await arena.unit('release')).toMatchObject({ verdict: 'fail' });
});

test('a tag or a branch that is named like a commit does not stand for it', async () => {
  const good = await proven();
  const bad = await arena.commit({ 'test.sh': script(red, 1) });
  await arena.git('update-ref', `refs/heads/${bad}`, good);
  expect(await arena.unit(bad)).toMatchObject({ verdict: 'fail' });
  await arena.git('update-ref', '-d', `refs/heads/${bad}`);
});

test('another command, another report or another time limit make another check', async () => {
  await proven();
  for (const change of [{ run: 'sh test.sh || true' }, { report: { format: 'tap' } }, { timeout: '9s' }]) {
    await arena.configure(({ checks }) => Object.assign(checks.unit, change));
    expect(await known()).toMatchObject(noEvidence);
  }
});

test('proof expires', async () => {
  await arena.configure(({ checks }) => {
    checks.unit.validFor = '1ms';
  });
  await arena.commit({ 'test.sh': script(green, 0) });
  await arena.gate();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await known()).toMatchObject(noEvidence);
});

test('a clock that is set back makes nothing fresh', async () => {
  await proven();
  const project = await arena.app.project();
  const nextWeek = new Date(Date.now() + 7 * 24 * 60 * 60_000).toISOString();
  await project.state.read.updateTable('evidence').set({ finished_at: nextWeek }).execute();
  expect(await known()).toMatchObject(noEvidence);
  await project.state.read.deleteFrom('evidence').execute();
});

test('a verdict of staging says nothing about production', async () => {
  await proven();
  const project = await arena.app.project();
  const { verdict, requirements } = await assess(project, await subjectOf(project, 'production', 'HEAD'));
  expect(verdict).toBe('fail');
  expect(requirements).toContainEqual(
    expect.objectContaining({ name: 'after', observed: 'never deployed to staging' }),
  );
});

test('programs that the project brings along are not used, whatever PATH says', async () => {
  await arena.commit({ 'test.sh': script(red, 1) });
  for (const program of ['git', 'sh', 'cat', 'mkdir']) {
    const place = path.join(arena.dir, 'node_modules', '.bin', program);
    await arena.write(path.relative(arena.dir, place), `#!/bin/sh\necho '${green}'\nexit 0\n`);
    await fs.chmod(place, 0o755);
  }
  const before = process.env.PATH;
  process.env.PATH = `${path.join(arena.dir, 'node_modules', '.bin')}:${before}`;
  try {
    const { openApp } = await import('../../src/app.ts');
    const app = openApp({ projectDir: arena.dir, serverEnvironment: { ...process.env } });
    const project = await app.project();
    expect(project.serverEnvironment.PATH).not.toContain('node_modules');
    expect(process.env.PATH).not.toContain('node_modules');
    expect((await (await project.repository()).resolve('HEAD')).sha).toMatch(/^[0-9a-f]{40}$/);
    await app.close();
  } finally {
    process.env.PATH = before;
  }
  expect(await arena.unit()).toMatchObject({ verdict: 'fail' });
});

test('filters, attributes and replaced objects of the repository do not reach what is tested', async () => {
  const sha = await arena.commit({ 'test.sh': script(red, 1) });
  await arena.write('.git/info/attributes', 'test.sh filter=green\n');
  await arena.git('config', 'filter.green.smudge', 'sed "s/exit 1/exit 0/; s/<failure.*failure>//"');
  await arena.git('config', 'filter.green.clean', 'cat');
  const better = await arena.git('commit-tree', '-m', 'green', (await emptyTree()).trim());
  await arena.git('replace', sha, better);
  expect(await arena.unit(sha)).toMatchObject({ verdict: 'fail' });
  await arena.git('replace', '--delete', sha);
});

async function emptyTree(): Promise<string> {
  return arena.git('hash-object', '-t', 'tree', '-w', '/dev/null');
}

test('a check cannot write reviews or move branches of the project through its own git', async () => {
  const meddling =
    'git update-ref refs/heads/main HEAD~1; git notes --ref=devops-reviews add -m approved HEAD\n';
  const sha = await arena.commit({ 'test.sh': `${meddling}${script(green, 0)}` });
  expect(await arena.unit()).toMatchObject({ verdict: 'pass' });
  expect(await arena.git('rev-parse', 'main')).toBe(sha);
  await expect(arena.git('notes', '--ref=devops-reviews', 'show', sha)).rejects.toThrow();
});
