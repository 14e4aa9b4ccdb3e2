import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { taggedBoard } from '../boards/tagged-board.ts';
import { installPeer } from '../peers/install.ts';
import { type McpAnswer, openSession } from '../processes/mcp-session.ts';
import { ourCli } from './bench-project.ts';
import { absent, type Comparison, type Measured, type Row, rowsOf } from './row.ts';

/**
 * Against task-master on a file of its own: two lists and one status change, each through a server that runs already.
 * `BENCH_TASKMASTER_FILE` names a real file; otherwise one of the same shape and size is generated.
 */

const runs = 5;
const version = '0.43.1';
const peer = `task-master-ai ${version}`;
const whats = ['list of pending', 'list of all', 'status change'] as const;
type What = (typeof whats)[number];

interface Contender {
  name: string;
  script: string;
  args(dir: string): string[];
  env?: Record<string, string>;
  /** The call that does it; a status change by turns to one status and back. */
  call(what: What, dir: string, status: string): [tool: string, args: Record<string, unknown>];
  /** How many tasks a list holds: ours is of all tags, task-master lists one tag at a time. */
  count(answer: McpAnswer): number;
}

interface Target {
  tag: string;
  id: string;
}

export async function taskMaster(): Promise<Row[]> {
  const given = process.env.BENCH_TASKMASTER_FILE;
  const content = given === undefined ? taggedBoard() : await readFile(given, 'utf8');
  const of = (what: What): Comparison => ({
    size: `${(Buffer.byteLength(content) / 1e6).toFixed(2)}MB`,
    format: given === undefined ? 'tagged, generated' : 'tagged, given',
    what: `${what}, warm server`,
  });
  const target = firstPending(content);
  const ours = await measure(ourselves(target), content);
  const installed = await installPeer('task-master-ai', version);
  if ('missing' in installed) {
    return whats.flatMap((what) => [
      ...rowsOf(of(what), [ours[what]]),
      absent(of(what), peer, installed.missing),
    ]);
  }
  const theirs = await measure(itself(installed.folder, target), content);
  return whats.flatMap((what) => rowsOf(of(what), [ours[what], theirs[what]]));
}

function ourselves({ tag, id }: Target): Contender {
  return {
    name: 'devops-engineer',
    script: ourCli,
    args: (dir) => ['--project', dir],
    call(what, _dir, status) {
      if (what === 'status change') return ['updateTask', { id: `${tag}/${id}`, status }];
      return ['filterTasks', { status: what === 'list of all' ? '*' : 'pending', limit: 200 }];
    },
    count: ({ structured }) => (structured?.tasks as unknown[] | undefined)?.length ?? 0,
  };
}

function itself(folder: string, { tag, id }: Target): Contender {
  return {
    name: peer,
    script: path.join(folder, 'dist', 'mcp-server.js'),
    args: () => [],
    env: { TASK_MASTER_TOOLS: 'core' },
    call(what, projectRoot, status) {
      if (what === 'status change') return ['set_task_status', { projectRoot, tag, id, status }];
      return ['get_tasks', { projectRoot, tag, ...(what === 'list of pending' && { status: 'pending' }) }];
    },
    count: ({ text }) => JSON.parse(text).data.tasks.length,
  };
}

async function measure(contender: Contender, content: string): Promise<Record<What, Measured>> {
  const dir = await mkdtemp(path.join(tmpdir(), 'bench-task-master-'));
  try {
    await taskMasterProject(dir, content);
    const session = await openSession(contender.script, contender.args(dir), {
      cwd: dir,
      ...(contender.env && { env: contender.env }),
    });
    try {
      const measured = {} as Record<What, Measured>;
      for (const what of whats) {
        const answers: McpAnswer[] = [];
        let changedLines = '';
        for (let run = 0; run < runs; run += 1) {
          const status = run % 2 === 0 ? 'in-progress' : 'pending';
          answers.push(await session.call(...contender.call(what, dir, status)));
          // Counted after the first change: what that does to the file is what a reviewer sees.
          if (what === 'status change' && run === 0) changedLines = await diffLines(dir);
        }
        const peakMb = session.memory()?.peakMb ?? Number.NaN;
        const samples = answers.map(({ ms, failure }) => ({ ms, failure, peakMb }));
        const note = what === 'status change' ? changedLines : sizeOf(answers[0], contender);
        measured[what] = { contender: contender.name, samples, note };
      }
      return measured;
    } finally {
      await session.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A repository with the file where task-master has it, and with task-master's reports about its use switched off. */
async function taskMasterProject(dir: string, content: string): Promise<void> {
  await mkdir(path.join(dir, '.taskmaster', 'tasks'), { recursive: true });
  await writeFile(path.join(dir, '.taskmaster', 'tasks', 'tasks.json'), content);
  const config = { models: {}, global: { anonymousTelemetry: false, projectName: 'bench' } };
  await writeFile(path.join(dir, '.taskmaster', 'config.json'), JSON.stringify(config, null, 2));
  await git(dir, 'init', '--quiet');
  await git(dir, 'add', '--all');
  await git(
    dir,
    '-c',
    'user.name=bench',
    '-c',
    'user.email=bench@example.com',
    'commit',
    '--quiet',
    '-m',
    'board',
  );
}

async function diffLines(dir: string): Promise<string> {
  const numstat = await git(dir, 'diff', '--numstat', '--', '.taskmaster/tasks/tasks.json');
  const [added = 0, removed = 0] = numstat.split('\t');
  return `diff: +${added} -${removed} lines`;
}

async function git(dir: string, ...args: string[]): Promise<string> {
  return (await execa('git', ['-C', dir, '-c', 'commit.gpgsign=false', ...args])).stdout;
}

/** What a model has to read, and what goes through the pipe. */
function sizeOf(answer: McpAnswer | undefined, { count }: Contender): string {
  if (!answer || answer.failure !== undefined) return '';
  return `${count(answer)} tasks, text of ${countTokens(answer.text)} tokens, result of ${answer.bytes} bytes`;
}

/** The first pending task of the first tag. */
function firstPending(content: string): Target {
  const board: Record<string, { tasks: { id: string | number; status: string }[] }> = JSON.parse(content);
  for (const [tag, { tasks }] of Object.entries(board)) {
    const task = tasks.find(({ status }) => status === 'pending');
    if (task) return { tag, id: String(task.id) };
  }
  throw new Error('the board has no pending task');
}
