import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { packageDir } from '../../src/platform/self.ts';
import { usePocket } from '../e2e/pocket.ts';
import { stateRows } from '../state-rows.ts';

/** How the built command line ends, whoever reads it. */

const on = usePocket(
  ({ environments }) => {
    environments.staging.gate = {};
  },
  { here: true },
);
const cli = path.join(packageDir, 'dist', 'cli.js');

/** @returns how `devops-engineer ARGS` ended, in a shell line that reads it in its own way */
async function inShell(args: string, rest: string): Promise<{ exitCode: number; stderr: string }> {
  const line = `"${process.execPath}" "${cli}" --project "${on.pocket.dir}" ${args} ${rest}; exit \${PIPESTATUS[0]}`;
  const { exitCode = -1, stderr } = await execa('bash', ['-c', line], {
    env: on.pocket.environment,
    extendEnv: false,
    reject: false,
    input: '',
  });
  return { exitCode, stderr };
}

test('a deployment that failed is 5 for whoever asks for exit codes, and a result for whoever does not', async () => {
  await on.pocket.commit({ diesAtStart: true });
  const deploy = ['call', 'deploy', '{"environment": "staging", "waitSeconds": 60}'];
  const strict = await on.pocket.cli([...deploy, '--exit-code']);
  expect([strict.exitCode, strict.stdout]).toEqual([5, expect.stringContaining('TARGET_FAILED. ')]);
  expect((await on.pocket.command(deploy)).exitCode).toBe(0);
});

test('a reader that has seen enough changes nothing about it', async () => {
  expect(await inShell('audit export', '| head -1')).toEqual({ exitCode: 0, stderr: '' });
  expect((await inShell('audit verify', '| true')).exitCode).toBe(0);
  stateRows(on.pocket.dir, `update audit set decision = 'x' where position = 2`);
  expect((await inShell('audit verify', '| true')).exitCode).toBe(5);
});

test('what cannot be written is one line of trouble', async () => {
  const { exitCode, stderr } = await inShell('audit export', '> /dev/full');
  expect([exitCode, stderr]).toEqual([
    5,
    'FILE_FAILED: cannot write to standard output: ENOSPC: no space left on device, write',
  ]);
});

test.each(['', 'stdio'])('a server that cannot start says why: "%s"', async (command) => {
  const { exitCode, stderr } = await inShell(`--project /nowhere ${command}`, '');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^INVALID_ARGUMENTS: .*\/nowhere\nRemedy: .*$/);
});
