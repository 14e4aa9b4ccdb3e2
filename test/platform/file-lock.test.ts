import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withFileLock } from '../../src/platform/file-lock.ts';

/** Larger than any process id that a kernel gives out. */
const deadPid = 2 ** 22 + 1;

let dir: string;
let file: string;
let lock: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'lock-'));
  file = path.join(dir, 'tasks.json');
  lock = path.join(dir, '.tasks.json.lock');
  writeFileSync(file, '[]');
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const left = () => readdirSync(dir).filter((name) => name !== 'tasks.json');

/** What a lock of ours looks like, with some of it changed. */
async function ownerLike(changes: object): Promise<string> {
  const other = path.join(dir, 'other');
  const owner = await withFileLock(other, async () => readFileSync(path.join(dir, '.other.lock'), 'utf8'));
  return JSON.stringify({ ...JSON.parse(owner), ...changes });
}

describe('withFileLock', () => {
  test('names its owner while it is held, and leaves nothing', async () => {
    const result = await withFileLock(file, async () => {
      expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({
        pid: process.pid,
        startMark: expect.stringMatching(/./),
        host: expect.stringContaining(hostname()),
        at: expect.stringMatching(/^\d{4}-.*Z$/),
      });
      expect(left()).toEqual(['.tasks.json.lock']);
      return 7;
    });
    expect(result).toBe(7);
    expect(left()).toEqual([]);
  });

  test('is released when the work fails', async () => {
    await expect(withFileLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(left()).toEqual([]);
  });

  test('lets one in at a time, by whatever path the file is reached', async () => {
    symlinkSync('tasks.json', path.join(dir, 'link.json'));
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        withFileLock(index % 2 === 0 ? file : path.join(dir, 'link.json'), async () => {
          inside += 1;
          most = Math.max(most, inside);
          await pause(3);
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
  });

  test('gives up on a living owner and names it, however old its lock is', async () => {
    const old = await ownerLike({ at: '2020-01-01T00:00:00.000Z' });
    writeFileSync(lock, old);
    await expect(withFileLock(file, async () => 1, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TASKS_BUSY',
      message: `process ${process.pid} on ${hostname()}, since 2020-01-01T00:00:00.000Z holds ${lock}`,
      remedy: expect.stringContaining(`delete ${lock}`),
    });
    expect(readFileSync(lock, 'utf8')).toBe(old);
    expect(left()).toEqual(['.tasks.json.lock']);
  });

  test.each([
    ['of another host', async () => ownerLike({ pid: deadPid, host: 'elsewhere' })],
    ['that names nobody', async () => '{'],
    ['without a start mark to go by', async () => ownerLike({ pid: deadPid, startMark: 'unknown' })],
  ])('never takes over a lock %s', async (_, content) => {
    writeFileSync(lock, await content());
    await expect(withFileLock(file, async () => 1, { timeoutMs: 40 })).rejects.toMatchObject({
      code: 'TASKS_BUSY',
    });
    expect(existsSync(lock)).toBe(true);
  });

  test.each([
    ['died', { pid: deadPid }],
    ['died, and whose process id another one has', { startMark: '1' }],
  ])('takes over from an owner that %s, and clears up behind it', async (_, changes) => {
    writeFileSync(lock, await ownerLike(changes));
    writeFileSync(path.join(dir, `.tasks.json.${deadPid}.0a1b2c3d.tmp`), '[');
    writeFileSync(path.join(dir, `.tasks.json.${process.pid}.0a1b2c3d.tmp`), '[');
    writeFileSync(path.join(dir, '.tasks.json.swp'), '');
    expect(await withFileLock(file, async () => 1, { timeoutMs: 1_000 })).toBe(1);
    expect(left().sort()).toEqual(['.tasks.json.swp', `.tasks.json.${process.pid}.0a1b2c3d.tmp`].sort());
  });

  test('takes over from heirs that died while they took over', async () => {
    writeFileSync(lock, await ownerLike({ pid: deadPid, token: 'a1' }));
    writeFileSync(`${lock}.a1`, await ownerLike({ pid: deadPid, token: 'b2' }));
    writeFileSync(`${lock}.b2`, await ownerLike({ pid: deadPid, token: 'c3' }));
    expect(await withFileLock(file, async () => 1, { timeoutMs: 1_000 })).toBe(1);
    expect(left()).toEqual([]);
  });

  test('leaves the inheritance to an heir that lives', async () => {
    writeFileSync(lock, await ownerLike({ pid: deadPid, token: 'a1' }));
    writeFileSync(`${lock}.a1`, await ownerLike({ token: 'b2' }));
    await expect(withFileLock(file, async () => 1, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TASKS_BUSY',
    });
  });

  test('has one heir at a time, however many find the dead owner at once', async () => {
    const dead = await ownerLike({ pid: deadPid, token: 'a1' });
    for (let round = 0; round < 8; round += 1) {
      writeFileSync(lock, dead);
      let inside = 0;
      let most = 0;
      await Promise.all(
        Array.from({ length: 8 }, () =>
          withFileLock(file, async () => {
            inside += 1;
            most = Math.max(most, inside);
            await pause(1);
            inside -= 1;
          }),
        ),
      );
      expect(most).toBe(1);
      expect(left()).toEqual([]);
    }
  });

  test('is taken over from a process that was killed', async () => {
    const script = fileURLToPath(new URL('lock-holder.ts', import.meta.url));
    const holder = spawn(process.execPath, ['--import', 'tsx', script, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    await expect(withFileLock(file, async () => 1, { timeoutMs: 50 })).rejects.toThrow(
      `process ${holder.pid} on`,
    );
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(await withFileLock(file, async () => 1, { timeoutMs: 1_000 })).toBe(1);
    expect(left()).toEqual([]);
  });

  test('says where it cannot be made', async () => {
    await expect(withFileLock(path.join(dir, 'none', 'x.json'), async () => 1)).rejects.toMatchObject({
      code: 'FILE_FAILED',
      message: expect.stringContaining('none'),
    });
  });
});
