import { open } from 'node:fs/promises';
import type { BoardFile } from '../boards/board-files.ts';
import { wanted } from '../boards/home-board.ts';
import type { Bundles } from '../processes/bundle.ts';
import { type Command, runOnce } from '../processes/run-once.ts';
import { benchProject, ourCli } from './bench-project.ts';
import { absent, isWorthAnotherRun, type Measured, type Row, rowsOf, type Sample } from './row.ts';

/** One question to a board that nobody has read yet: the whole process, Node's start included. */

interface Contender {
  name: string;
  command: Command;
  /** How many matches it counted. Those without do not filter: they are limits, not peers. */
  total?: (stdout: string) => number;
}

const limit = 20;

export async function coldFilter(board: BoardFile, bundles: Bundles, runs: number): Promise<Row[]> {
  const comparison = {
    size: board.size,
    format: board.format,
    what: 'cold filter',
  };
  const project = await benchProject(board.file, 'read');
  try {
    await readOnce(board.file);
    const contenders = contendersFor(board.file, project.dir, bundles);
    const samples = new Map<string, Sample[]>();
    const missing = new Map<string, string>();
    for (let run = 0; run < runs; run += 1) {
      for (const { name, command, total } of contenders) {
        if (missing.has(name) || !isWorthAnotherRun(samples.get(name) ?? [])) continue;
        const done = await runOnce(command, bundles.of('processes/report-peak')).catch((error: Error) => {
          missing.set(name, `not installed: ${error.message}`);
        });
        if (!done) continue;
        if (total && done.failure === undefined) assertTotal(name, total(done.stdout), board.matches);
        samples.set(name, [...(samples.get(name) ?? []), done]);
      }
    }
    const measured: Measured[] = contenders
      .filter(({ name }) => samples.has(name))
      .map(({ name, total }) => ({
        contender: name,
        samples: samples.get(name) ?? [],
        note: total ? '' : 'a limit, filters nothing',
      }));
    return [
      ...rowsOf(comparison, measured as [Measured, ...Measured[]]),
      ...[...missing].map(([name, why]) => absent(comparison, name, why)),
    ];
  } finally {
    await project.remove();
  }
}

function contendersFor(file: string, projectDir: string, bundles: Bundles): Contender[] {
  const question = JSON.stringify({ ...wanted, limit });
  const script = (name: string): Command => ({
    program: 'node',
    args: [bundles.of(`peers/${name}`), file, wanted.agent, wanted.status, String(limit)],
  });
  const ofJson = (stdout: string) => Number(JSON.parse(stdout).total);
  const select = `.agent == "${wanted.agent}" and .status == "${wanted.status}"`;
  return [
    {
      name: 'devops-engineer',
      command: { program: 'node', args: [ourCli, '--project', projectDir, 'call', 'filterTasks', question] },
      total: (stdout) => Number(/^\d+ of (\d+)/.exec(stdout)?.[1]),
    },
    { name: 'stream-json', command: script('stream-json-filter'), total: ofJson },
    {
      name: 'jq',
      command: { program: 'jq', args: ['-c', `[.[] | select(${select})] | length, .[:${limit}]`, file] },
      total: (stdout) => Number.parseInt(stdout, 10),
    },
    { name: 'JSON.parse', command: script('json-parse-filter'), total: ofJson },
    { name: 'read loop', command: script('raw-read') },
    { name: 'grep -c', command: { program: 'grep', args: ['-c', wanted.agent, file] } },
  ];
}

/** A contender that answers another question has no time to compare. */
function assertTotal(name: string, counted: number, expected: number): void {
  if (counted !== expected) throw new Error(`${name} counted ${counted} matches, not ${expected}`);
}

/** So that the first contender does not pay for the disk. */
async function readOnce(file: string): Promise<void> {
  const handle = await open(file);
  const buffer = Buffer.allocUnsafe(1 << 22);
  try {
    while ((await handle.read(buffer)).bytesRead > 0);
  } finally {
    await handle.close();
  }
}
