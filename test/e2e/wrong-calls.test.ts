import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** Places in which nothing can work yet: each says what is wrong and what to do, and leaves nothing behind. */

let dir: string;
const script = path.resolve(import.meta.dirname, '../../dist/cli.js');

beforeEach(async () => {
  dir = await fs.mkdtemp(path.join(tmpdir(), 'wrong-'));
});
afterEach(() => fs.rm(dir, { recursive: true, force: true }));

const run = (...args: string[]) =>
  execa(process.execPath, [script, '--project', dir, '--json', ...args], { reject: false, cwd: dir });
const errorOf = async (...args: string[]) => {
  const { stdout, exitCode } = await run(...args);
  return {
    exitCode,
    ...(JSON.parse(stdout) as { error: { code: string; message: string; remedy: string } }).error,
  };
};
const config = (text: string) => fs.writeFile(path.join(dir, 'devops.yaml'), text);
const minimal = `project: x
environments:
  staging:
    target: { kind: command, url: "http://127.0.0.1:9", deploy: "true", rollback: "true", version: "true" }
`;

describe('an empty folder', () => {
  test('tasks, gates and deployments say what is missing, and nothing is created', async () => {
    expect(await errorOf('call', 'filterTasks')).toMatchObject({ exitCode: 2, code: 'TASKS_MISSING' });
    expect(await errorOf('gate', 'staging')).toMatchObject({
      exitCode: 2,
      code: 'CONFIG_MISSING',
      remedy: expect.stringContaining('init'),
    });
    expect(await errorOf('deploy', 'staging')).toMatchObject({ exitCode: 2, code: 'CONFIG_MISSING' });
    expect(await errorOf('check')).toMatchObject({ exitCode: 2, code: 'CONFIG_MISSING' });
    expect(await fs.readdir(dir)).toEqual([]);
  });

  test('the remedy works: init, and the same call succeeds', async () => {
    expect((await run('init')).exitCode).toBe(0);
    expect(JSON.parse((await run('call', 'filterTasks')).stdout)).toEqual({ tasks: [], total: 0 });
    const again = JSON.parse((await run('init')).stdout) as { created: string[]; kept: string[] };
    expect(again.created).toEqual([]);
    expect(again.kept).toContain('devops.yaml');
  });
});

test('a configuration that is wrong names file, line, column and what is allowed; nothing runs', async () => {
  await config(minimal.replace('kind: command', 'kind: comand'));
  const { code, message, exitCode } = await errorOf('deploy', 'staging');
  expect({ code, exitCode }).toEqual({ code: 'CONFIG_INVALID', exitCode: 2 });
  expect(message).toMatch(/^devops\.yaml:4:\d+ environments\.staging\.target\.kind: .*"comand".*command/);
  expect(await fs.readdir(dir)).toEqual(['devops.yaml']);
});

test('without a git repository, and with one that has no commit, nothing can be proven', async () => {
  await config(minimal);
  expect(await errorOf('gate', 'staging')).toMatchObject({
    code: 'NO_REPOSITORY',
    remedy: expect.stringContaining('git init'),
  });
  await execa('git', ['init', '--quiet', dir]);
  expect(await errorOf('deploy', 'staging')).toMatchObject({ code: 'UNKNOWN_COMMIT', exitCode: 2 });
  expect(await fs.readdir(dir)).toEqual(['.git', 'devops.yaml']);
});

test('wrong words on the command line', async () => {
  expect(await errorOf('call', 'dropProduction')).toMatchObject({ code: 'UNKNOWN_TOOL', exitCode: 2 });
  expect(await errorOf('call', 'deploy', 'not json')).toMatchObject({
    code: 'INVALID_ARGUMENTS',
    exitCode: 2,
  });
  expect((await run('dance')).exitCode).toBe(2);
  expect((await run('rollback', 'staging')).exitCode).toBe(2);
  expect(
    (await execa(process.execPath, [script, '--project', '/no/such/folder', 'tasks'], { reject: false }))
      .exitCode,
  ).toBe(2);
});

test('evidence: what a gate sees in a file', async () => {
  const report = path.join(dir, 'unit.xml');
  await fs.writeFile(
    report,
    '<testsuite name="x"><testcase name="a"/><testcase name="b"><failure message="no"/></testcase></testsuite>',
  );
  const seen = await run('evidence', report);
  expect(seen.exitCode).toBe(0);
  expect(JSON.parse(seen.stdout)).toMatchObject({
    format: 'junit',
    kind: 'tests',
    conclusive: true,
    tests: { passed: 1, failed: 1, failures: [{ name: expect.stringContaining('b') }] },
  });
  await fs.writeFile(report, 'nothing of the kind');
  expect((await run('evidence', report)).exitCode).toBe(5);
});

test('help and version', async () => {
  expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+$/);
  expect((await run('--help')).stdout).toContain('approve');
});
