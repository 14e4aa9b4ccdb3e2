import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type App, openApp } from '../../src/app.ts';
import { runCheck } from '../../src/gates/run-check.ts';
import { newFolder } from '../new-folder.ts';

/** What `prepare` made is reused for the same inputs, and what one commit does to it never reaches another. */

let dir: string;
let app: App;
const git = async (...args: string[]) => (await execa('git', ['-C', dir, ...args])).stdout;

const write = (file: string, content: string) => fs.writeFile(path.join(dir, file), content);

async function configure(check: Record<string, unknown>): Promise<void> {
  const target = { kind: 'process', run: 'node x', port: 7999 };
  await write(
    'devops.yaml',
    stringify({
      project: 'prepared',
      checks: { deps: { run: 'cat deps/made', ...check } },
      environments: { staging: { gate: { deps: '100%' }, target, health: { version: '$.version' } } },
    }),
  );
}

/** Commits the files and runs the check. @returns whether it passed, and what was said */
async function run(files: Record<string, string>) {
  for (const [file, content] of Object.entries(files)) await write(file, content);
  await git('add', '--all');
  await git('commit', '--quiet', '--allow-empty', '--message', 'next');
  const project = await app.project();
  const log: string[] = [];
  const evidence = await runCheck(project, {
    check: 'deps',
    gateId: 'gate-test',
    environment: 'staging',
    commit: await (await project.repository()).resolve('HEAD'),
    log: (line) => log.push(line),
    signal: new AbortController().signal,
  });
  return { passed: evidence.tests?.passed === 1, evidence, said: log.join('\n') };
}

beforeAll(async () => {
  dir = await newFolder('prepared-');
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Ada');
  await git('config', 'user.email', 'ada@example.com');
  app = openApp({ projectDir: dir, serverEnvironment: { PATH: process.env.PATH, HOME: dir } });
  await write('.gitignore', '.devops\n');
});
afterAll(async () => {
  await app.close();
  await fs.rm(dir, { recursive: true, force: true });
});

const make = 'mkdir -p deps && cp lock deps/made && ln -s made deps/link && echo made anew';

test('the same inputs give what was made before; other inputs are prepared anew', async () => {
  await configure({
    prepare: make,
    lockFiles: ['lock'],
    run: 'grep -x 1 deps/link && echo evil > deps/made',
  });
  expect(await run({ lock: '1\n' })).toMatchObject({
    passed: true,
    said: expect.stringContaining('\nmade anew'),
  });
  // The check before wrote into its own copy, and into no other.
  const again = await run({ 'other.txt': 'x' });
  expect(again).toMatchObject({ passed: true, said: expect.stringContaining('reused what it made') });
  expect(again.said).not.toContain('\nmade anew');
  const other = await run({ lock: '2\n' });
  expect(other).toMatchObject({ passed: false, said: expect.stringContaining('\nmade anew') });
});

test('a commit cannot put anything into what others get: nothing but the inputs is there', async () => {
  await configure({ prepare: 'sh setup.sh', lockFiles: ['lock'], run: 'grep -x good deps/made' });
  const evil = await run({ lock: '3\n', 'setup.sh': 'mkdir -p deps; echo good > deps/made\n' });
  expect(evil).toMatchObject({
    passed: true,
    said: expect.stringContaining('running it in the whole checkout'),
  });
  const next = await run({ 'setup.sh': 'mkdir -p deps; echo bad > deps/made\n' });
  expect(next.passed).toBe(false);
});

test('what changes its own inputs is not kept, and an empty list never reuses', async () => {
  await configure({ prepare: `${make} && echo x >> lock`, lockFiles: ['lock'] });
  await run({ lock: '4\n' });
  expect((await run({ 'other.txt': 'y' })).said).not.toContain('reused');
  await configure({ prepare: make, lockFiles: [] });
  await run({ lock: '5\n' });
  expect((await run({ 'other.txt': 'z' })).said).not.toContain('reused');
});

test('a preparation that fails says how, and proves nothing', async () => {
  await configure({ prepare: 'echo no such package >&2; exit 7', lockFiles: ['lock'] });
  const { evidence } = await run({});
  expect(evidence).toMatchObject({
    conclusive: false,
    problems: [expect.stringContaining('failed (exit code 7): no such package')],
  });
});
