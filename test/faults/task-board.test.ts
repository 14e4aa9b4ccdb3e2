import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTaskBoard } from '../../src/tasks/open.ts';
import { isFull, type Program, type Programs, prepare } from './board/processes.ts';

/** Writers of ours, programs that know nothing of us, and `kill -9`, all at work on one task file. */

let programs: Programs;
let file: string;
let turn = 0;

beforeAll(async () => {
  programs = await prepare(['updater', 'reader', 'rewriter']);
});
afterAll(() => programs.remove());

function begin(ids: readonly string[]): void {
  turn += 1;
  const folder = path.join(programs.folder, `board-${turn}`);
  mkdirSync(folder);
  file = path.join(folder, 'tasks.json');
  const tasks = ids.map((id) => ({ id, title: 'A "title" }],', status: 'round-0' }));
  writeFileSync(file, JSON.stringify(tasks, null, 2));
}

const read = (): { id: string; status: string }[] => JSON.parse(readFileSync(file, 'utf8'));
const idsOf = (prefixes: readonly string[], count: number) =>
  prefixes.flatMap((prefix) => Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`));
const open = () => openTaskBoard({ file, now: () => new Date() });
const acknowledged = (workers: readonly Program[]) =>
  workers.flatMap(({ lines }) =>
    lines.map((line) => {
      const [id = '', , at = '0'] = line.split(' ');
      return { id, at: BigInt(at) };
    }),
  );

const prefixes = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
const updates = isFull ? 200 : 10;
/** Between two rewrites of a foreign program: a larger board takes longer to read, and both must get to work. */
const pauseMs = isFull ? '200' : '20';
const report = (text: string) => process.stderr.write(`${text}\n`);

test(`8 processes, ${updates} updates each: all persist, and no reader meets half a file`, {
  timeout: 120_000,
}, async () => {
  const ids = idsOf(prefixes, updates);
  begin(ids);
  const reader = programs.start('reader', file, String(ids.length));
  await reader.said(1);
  const workers = prefixes.map((prefix) => programs.start('updater', file, prefix, String(updates)));
  expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual(prefixes.map(() => 0));
  reader.kill('SIGTERM');
  await reader.ended;
  const [reads, torn] = (reader.lines[1] ?? '').split(' ').map(Number);
  const persisted = read().filter(({ status }) => status === 'round-1').length;
  report(`persisted ${persisted} of ${ids.length}; torn reads ${torn} of ${reads}`);
  expect({ persisted, torn }).toEqual({ persisted: ids.length, torn: 0 });
  expect(reads).toBeGreaterThan(10);
  expect(readdirSync(path.dirname(file))).toEqual(['tasks.json']);
});

test.each(['rename', 'in-place'])(
  'with 2 foreign programs that rewrite the file (%s), what is missing is what they overwrote unread',
  { timeout: 180_000 },
  async (style) => {
    const writers = isFull ? prefixes : prefixes.slice(0, 3);
    const ids = idsOf(writers, updates);
    begin([...ids, 'foreign-1', 'foreign-2']);
    const foreign = ['foreign-1', 'foreign-2'].map((own) =>
      programs.start('rewriter', file, own, style, pauseMs),
    );
    await Promise.all(foreign.map((program) => program.said(1)));
    const workers = writers.map((prefix) => programs.start('updater', file, prefix, String(updates)));
    await Promise.all(workers.map(({ ended }) => ended));
    for (const program of foreign) program.kill('SIGTERM');
    await Promise.all(foreign.map(({ ended }) => ended));
    const writes = foreign.flatMap(({ lines }) =>
      lines.slice(1).map((line) => {
        const { seen, at } = JSON.parse(line) as { seen: string[]; at: string };
        return { seen: new Set(seen), at: BigInt(at) };
      }),
    );
    const persisted = new Set(
      read()
        .filter(({ status }) => status === 'round-1')
        .map(({ id }) => id),
    );
    const acks = acknowledged(workers);
    const missing = acks.filter(({ id }) => !persisted.has(id));
    const unexplained = missing.filter(
      ({ id, at }) => !writes.some((write) => write.at > at && !write.seen.has(id)),
    );
    report(
      `${style}: ${acks.length} of ${ids.length} acknowledged, ${writes.length} foreign writes, ` +
        `${missing.length} missing, ${unexplained.length} of them not overwritten by who had not read them`,
    );
    expect(unexplained).toEqual([]);
    expect(acks.length).toBeGreaterThan(0);
    expect(writes.length).toBeGreaterThan(3);
  },
);

describe('kill -9', () => {
  const kills = isFull ? 1_000 : 20;

  test(`${kills} times at any instant: a valid file, no acknowledged update lost`, {
    timeout: 600_000,
  }, async () => {
    const count = 5;
    begin(idsOf(['K', 'L'], count));
    const rounds = new Map<string, number>();
    let updatesSeen = 0;
    const killOnce = async (prefix: string, kill: number) => {
      const worker = programs.start('updater', file, prefix, String(count), '1000000');
      // Some die while they start, the others at work.
      if (kill % 10 !== 0) await worker.said(1);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 12));
      worker.kill();
      await worker.ended;
      const now = new Map(read().map(({ id, status }) => [id, Number(status.slice('round-'.length))]));
      const last = new Map(
        worker.lines.map((line) => line.split(' ')).map(([id = '', round]) => [id, Number(round)]),
      );
      updatesSeen += worker.lines.length;
      for (const [id, round] of last) rounds.set(id, round);
      for (const [id, round] of rounds) {
        if (!id.startsWith(prefix)) continue;
        // Killed between writing and saying so, one update may be further, or the first round begun anew.
        const isNext =
          now.get(id) === round || now.get(id) === round + 1 || (now.get(id) === 1 && !last.has(id));
        if (!isNext) throw new Error(`${id} is at ${now.get(id)}, was acknowledged at ${round}`);
        rounds.set(id, now.get(id) ?? 0);
      }
    };
    for (let kill = 0; kill < kills; kill += 2) {
      await Promise.all([killOnce('K', kill), killOnce('L', kill + 1)]);
    }
    expect(updatesSeen).toBeGreaterThan(kills / 2);
    report(`${kills} kills, ${updatesSeen} acknowledged updates, none lost, ${kills} valid files`);
    expect((await open().update('K-1', { status: 'alive' })).changedFields).toEqual(['status']);
    expect(readdirSync(path.dirname(file))).toEqual(['tasks.json']);
  });

  test('the lock of a dead owner passes to one of those who wait, and nothing is done twice', async () => {
    begin(idsOf(['A', 'B', 'C', 'D'], 10));
    const victim = programs.start('updater', file, 'A', '10', '1000000');
    await victim.said(3);
    const others = ['B', 'C', 'D'].map((prefix) => programs.start('updater', file, prefix, '10'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    victim.kill();
    expect(await Promise.all(others.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    const done = read().filter(({ id, status }) => !id.startsWith('A') && status === 'round-1');
    expect(done).toHaveLength(30);
  });
});

test('who sleeps with the lock loses nothing and is not robbed', { timeout: 60_000 }, async () => {
  begin(idsOf(['A', 'B'], 1));
  const sleeper = programs.start('updater', file, 'A', '1', '1000000');
  await sleeper.said(2);
  const lock = path.join(path.dirname(file), '.tasks.json.lock');
  // Stop it again and again until it is stopped while it holds the lock.
  for (;;) {
    sleeper.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (readdirSync(path.dirname(file)).includes(path.basename(lock))) break;
    sleeper.kill('SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
  }
  await expect(open().update('B-1', { status: 'x' })).rejects.toMatchObject({
    code: 'TASKS_BUSY',
    message: expect.stringMatching(/process \d+ on .* holds/),
  });
  sleeper.kill('SIGCONT');
  await sleeper.said(sleeper.lines.length + 2);
  sleeper.kill();
  await sleeper.ended;
  expect((await open().update('B-1', { status: 'x' })).task.status).toBe('x');
  expect(Number(read()[0]?.status.slice('round-'.length))).toBeGreaterThanOrEqual(sleeper.lines.length);
});
