import { renameSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { versionNow } from '../../src/platform/file-version.ts';
import type { BoardFile } from '../boards/board-files.ts';
import { homeTask, homeTaskId } from '../boards/home-board.ts';
import type { Bundles } from '../processes/bundle.ts';
import { openSession } from '../processes/mcp-session.ts';
import { runOnce } from '../processes/run-once.ts';
import { type BenchProject, benchProject, ourCli } from './bench-project.ts';
import { absent, type Comparison, isWorthAnotherRun, type Row, rowsOf, type Sample } from './row.ts';
import { assertOnlySpliced, statusSplices } from './status-splices.ts';

/** One status change, in entries at the beginning, in the middle and at the end of the file by turns. */

interface Change {
  id: string;
  status: string;
}

const words = ['blocked', 'review'];

export async function statusUpdate(board: BoardFile, bundles: Bundles, runs: number): Promise<Row[]> {
  const changes = changesOf(board, runs);
  const of = (what: string) => ({ size: board.size, format: board.format, what });
  const ourCold = await ourColdUpdates(board, bundles, changes);
  const theirCold = await theirColdUpdates(board, bundles, changes);
  const bare = await inTurn(changes, () =>
    runOnce({ program: 'node', args: ['-e', '0'] }, bundles.of('processes/report-peak')),
  );
  const ourWarm = await ourWarmUpdates(board, changes);
  const peer = 'JSON.parse, stringify, rename';
  return [
    ...rowsOf(of('status change, cold'), [
      { contender: 'devops-engineer', ...ourCold },
      { contender: peer, samples: theirCold, note: beyondNode(ourCold.samples, theirCold, bare) },
      { contender: 'node -e 0', samples: bare, note: 'a limit: it does nothing' },
    ]),
    windowRow(of('between last look and rename'), await windowsOf(board)),
    ...rowsOf(of('status change, warm server'), [{ contender: 'devops-engineer', ...ourWarm }]),
  ];
}

/** Every change changes something: a status that stays is not written. */
function changesOf({ entries }: BoardFile, runs: number): Change[] {
  const indexes = [0, Math.floor(entries / 2), entries - 1];
  const now = new Map(indexes.map((index) => [index, homeTask(index).status]));
  return Array.from({ length: runs }, (_, run) => {
    const index = indexes[run % indexes.length] ?? 0;
    const status = words.find((word) => word !== now.get(index)) ?? '';
    now.set(index, status);
    return { id: homeTaskId(index), status };
  });
}

/** Node alone takes memory, which no program on it can save: what each takes beyond that is told apart. */
function beyondNode(ours: Sample[], theirs: Sample[], bare: Sample[]): string {
  const peak = (samples: Sample[]) => Math.max(...samples.map(({ peakMb }) => peakMb));
  const [own, other] = [ours, theirs].map((samples) => peak(samples) - peak(bare)) as [number, number];
  return `memory / ours: ${(peak(theirs) / peak(ours)).toFixed(1)} in all, ${(other / own).toFixed(1)} beyond Node's own`;
}

/** How long another program's write would go unnoticed: from the last comparison of stamps to the end of the rename. */
async function windowsOf(board: BoardFile): Promise<number[]> {
  const project = await benchProject(board.file, 'write');
  const file = project.tasks;
  const windows: number[] = [];
  try {
    for (let run = 0; run < 200; run += 1) {
      const sibling = `${file}.${run}`;
      await writeFile(sibling, '[]', { flush: true }); // as what we rename is safe on disk already
      const version = versionNow(file);
      const startedAt = performance.now();
      if (versionNow(file) !== version) throw new Error(`${file} was changed`);
      renameSync(sibling, file);
      windows.push(performance.now() - startedAt);
    }
    return windows;
  } finally {
    await project.remove();
  }
}

function windowRow(comparison: Comparison, windows: number[]): Row {
  const sorted = windows.sort((left, right) => left - right);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(3);
  return {
    ...absent(
      comparison,
      'devops-engineer',
      `of ${sorted.length}: p99 ${at(0.99)} ms, longest ${at(0.999)} ms`,
    ),
    'median ms': at(0.5),
  };
}

function ourColdUpdates(board: BoardFile, bundles: Bundles, changes: Change[]) {
  return ourUpdates(board, changes, async ({ dir }) =>
    inTurn(changes, (change) =>
      runOnce(
        {
          program: 'node',
          args: [ourCli, '--project', dir, 'call', 'updateTask', JSON.stringify(change)],
        },
        bundles.of('processes/report-peak'),
      ),
    ),
  );
}

function ourWarmUpdates(board: BoardFile, changes: Change[]) {
  return ourUpdates(board, changes, async ({ dir }) => {
    const session = await openSession(ourCli, ['--project', dir], { cwd: dir });
    try {
      await session.call('filterTasks', { limit: 1 }); // the server is warm, and has seen the file
      return await inTurn(changes, async (change) => {
        const { ms, failure } = await session.call('updateTask', { ...change });
        return { ms, failure, peakMb: session.memory()?.peakMb ?? Number.NaN };
      });
    } finally {
      await session.close();
    }
  });
}

/** Updates a copy, and holds us to our word: not one byte outside of the changed words is another. */
async function ourUpdates(
  board: BoardFile,
  changes: Change[],
  update: (project: BenchProject) => Promise<Sample[]>,
): Promise<{ samples: Sample[]; note?: string }> {
  const project = await benchProject(board.file, 'write');
  try {
    const samples = await update(project);
    if (samples.some(({ failure }) => failure !== undefined)) return { samples };
    const statuses = new Map(changes.slice(0, samples.length).map(({ id, status }) => [id, status]));
    const splices = await statusSplices(board.file, board.format, statuses);
    await assertOnlySpliced(board.file, project.tasks, splices);
    return { samples, note: 'every other byte is as before' };
  } finally {
    await project.remove();
  }
}

async function theirColdUpdates(board: BoardFile, bundles: Bundles, changes: Change[]): Promise<Sample[]> {
  const project = await benchProject(board.file, 'write');
  const script = bundles.of('peers/parse-stringify-update');
  const indentation = board.format === 'pretty' ? '2' : '0';
  try {
    return await inTurn(changes, ({ id, status }) =>
      runOnce(
        { program: 'node', args: [script, project.tasks, id, status, indentation] },
        bundles.of('processes/report-peak'),
      ),
    );
  } finally {
    await project.remove();
  }
}

async function inTurn(changes: Change[], update: (change: Change) => Promise<Sample>): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const change of changes) {
    if (!isWorthAnotherRun(samples)) break;
    samples.push(await update(change));
  }
  return samples;
}
