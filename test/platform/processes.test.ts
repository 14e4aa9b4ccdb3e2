import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type CommandRequest, groupRuns, runCommand, startMarkOf } from '../../src/platform/processes.ts';

const workDir = mkdtempSync(path.join(tmpdir(), 'commands-'));
afterAll(() => rmSync(workDir, { recursive: true, force: true }));

const run = (command: string, extra: Partial<CommandRequest> = {}) =>
  runCommand({
    command,
    workDir,
    environment: { PATH: process.env.PATH ?? '' },
    timeoutMs: 10_000,
    ...extra,
  });
const pidIn = (file: string) => Number(readFileSync(path.join(workDir, file), 'utf8'));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test('gives exit code, both outputs, and nothing of our environment', async () => {
  const outcome = await run('echo out; echo err >&2; env | wc -l >&2; exit 3');
  expect(outcome).toMatchObject({ exitCode: 3 });
  expect(text(outcome.stdout)).toBe('out\n');
  expect(outcome.stderr.split('\n')[0]).toBe('err');
  expect(Number(outcome.stderr.split('\n')[1])).toBeLessThan(6);
});

test('at its limit the whole group is ended, and what ignores the request to end too', async () => {
  const outcome = await run('trap "" TERM; (trap "" TERM; sleep 60 & echo $! > child; wait) & sleep 60', {
    timeoutMs: 300,
  });
  expect(outcome.ended).toBe('timeout');
  expect(outcome.exitCode).toBeUndefined();
  expect(outcome.durationMs).toBeLessThan(6_000);
  expect(startMarkOf(pidIn('child'))).toBeUndefined();
});

test('a server left in the background neither outlives the command nor keeps it waiting', async () => {
  const outcome = await run('sleep 60 & echo $! > server; echo done');
  expect(outcome).toMatchObject({ exitCode: 0 });
  expect(text(outcome.stdout)).toBe('done\n');
  expect(outcome.durationMs).toBeLessThan(3_000);
  await expect.poll(() => startMarkOf(pidIn('server'))).toBeUndefined(); // the kernel takes its time on a busy machine
});

test('what leaves the group and holds the output open is not waited for', async () => {
  const outcome = await run('setsid sh -c "echo \\$\\$ > daemon; exec sleep 60" & sleep 0.3; echo done');
  expect(outcome).toMatchObject({ exitCode: 0 });
  expect(text(outcome.stdout)).toBe('done\n');
  expect(outcome.durationMs).toBeLessThan(4_000);
  expect(startMarkOf(pidIn('daemon'))).toBeDefined(); // a service that a deployment starts lives on
  process.kill(pidIn('daemon'), 'SIGKILL');
});

test.runIf(process.platform === 'linux')('nothing that a check starts outlives it', async () => {
  const outcome = await run('setsid sh -c "echo \\$\\$ > stray; exec sleep 60" & sleep 0.3', {
    endsStrays: true,
  });
  expect(outcome).toMatchObject({ exitCode: 0 });
  expect(startMarkOf(pidIn('stray'))).toBeUndefined();
});

test('too much output, and being cancelled, are told apart from failing', async () => {
  expect(await run('yes', { maxOutputBytes: 10_000 })).toMatchObject({ ended: 'output' });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 100);
  const cancelled = await run('sleep 60', { signal: controller.signal });
  expect(cancelled).toMatchObject({ ended: 'cancelled' });
  expect(cancelled.durationMs).toBeLessThan(3_000);
});

test.runIf(process.platform === 'linux')('a group of which only a zombie is left does not run', async () => {
  // A parent that is busy collects no children.
  const parent = spawn(process.execPath, [
    '-e',
    `const child = require('node:child_process').spawn('sleep', ['0.2'], { detached: true });
     require('node:fs').writeSync(1, String(child.pid));
     Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);`,
  ]);
  try {
    const [pid] = await once(parent.stdout, 'data');
    expect(groupRuns(Number(pid))).toBe(true);
    await expect.poll(() => groupRuns(Number(pid))).toBe(false);
    expect(() => process.kill(-Number(pid), 0)).not.toThrow(); // the kernel still knows it
  } finally {
    parent.kill('SIGKILL');
  }
});
