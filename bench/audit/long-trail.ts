import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { openApp } from '../../src/app.ts';
import { record } from '../../src/audit/trail.ts';
import type { State, Writer } from '../../src/platform/database.ts';

/** A project with a trail of many entries, each appended in a durable transaction of its own, as changes are. */

export interface LongTrail {
  dir: string;
  /** What each append took, in milliseconds, in order. */
  appendMs: number[];
  databaseMb: number;
  remove(): Promise<void>;
}

const entry = (n: number) => ({
  caller: { kind: 'mcp' as const, user: 'deploy', client: 'bench 1.0' },
  action: 'gate.evaluate',
  subject: `gate-${n}`,
  decision: n % 7 === 0 ? 'fail' : 'pass',
  detail: {
    environment: 'staging',
    commit: n.toString(16).padStart(40, '0'),
    requirements: ['unit', 'smoke', 'dependencies'].map((name) => ({
      name,
      verdict: 'pass',
      evidenceId: `ev-${n}`,
    })),
  },
});

export async function longTrail(entries: number): Promise<LongTrail> {
  const dir = await mkdtemp(path.join(tmpdir(), 'bench-audit-'));
  await writeFile(path.join(dir, 'devops.yaml'), 'project: bench\nenvironments: {}\n');
  const git = (...args: string[]) =>
    execa('git', ['-C', dir, '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args]);
  await git('init', '--quiet');
  await git('add', 'devops.yaml');
  await git('commit', '--quiet', '--message', 'A project to measure with');
  const app = openApp({ projectDir: dir, serverEnvironment: { ...process.env } });
  const appendMs: number[] = [];
  try {
    const { state } = await app.project();
    for (let n = 0; n < entries; n += 1) {
      const startedAt = performance.now();
      await state.change((writer) => record(writer, entry(n)));
      appendMs.push(performance.now() - startedAt);
    }
  } finally {
    await app.close();
  }
  const { size } = await stat(path.join(dir, '.devops/state.db'));
  return { dir, appendMs, databaseMb: size / 1e6, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** A change with its record and the same change without, in turn, on the trail as it is. */
export async function withAndWithout(
  dir: string,
  rounds: number,
): Promise<{ with: number[]; without: number[] }> {
  const app = openApp({ projectDir: dir, serverEnvironment: { ...process.env } });
  try {
    const { state } = await app.project();
    const found = { with: [] as number[], without: [] as number[] };
    for (let n = 0; n < rounds; n += 1) {
      found.without.push(await timed(state, (writer) => change(writer, n)));
      found.with.push(
        await timed(state, async (writer) => {
          await change(writer, n);
          await record(writer, entry(n));
        }),
      );
    }
    return found;
  } finally {
    await app.close();
  }
}

async function change(writer: Writer, fence: number): Promise<void> {
  const row = { name: 'bench', fence, holder_id: null, live_id: null };
  await writer
    .insertInto('environments')
    .values(row)
    .onConflict((same) => same.doUpdateSet({ fence }))
    .execute();
}

async function timed(state: State, work: (writer: Writer) => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await state.change(work);
  return performance.now() - startedAt;
}
