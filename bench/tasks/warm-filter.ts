import type { BoardFile } from '../boards/board-files.ts';
import { wanted } from '../boards/home-board.ts';
import { type McpSession, openSession } from '../processes/mcp-session.ts';
import { benchProject, ourCli } from './bench-project.ts';
import { type Row, rowsOf, type Sample } from './row.ts';

/** Many questions to one server while the file stays as it is. */

const calls = 1_000;
/** A server that needs longer is asked fewer questions, and the table says so. */
const budgetMs = 90_000;
const limit = 20;

type Question = Record<string, unknown>;

const questions: Question[] = [
  { ...wanted },
  { agent: 'Task-Coder', status: 'done' },
  { type: 'deployment_*|infrastructure_*', status: 'pending' },
  { agent: ['Tester', 'UI-Tester'], priority: 'high' },
  { status: 'in_progress|review', priority: 'critical' },
  { agent: wanted.agent, type: 'deployment_rollback', status: 'failed' },
  { priority: 'P0', status: 'pending' },
  { agent: 'Nobody' },
  { type: 'documentation', sort: 'created' },
  { agent: 'Architect', status: 'backlog', sort: 'file' },
];

export async function warmFilter(board: BoardFile): Promise<Row[]> {
  const project = await benchProject(board.file, 'read');
  const session = await openSession(ourCli, ['--project', project.dir], { cwd: project.dir });
  try {
    const samples = await ask(session, board.matches);
    const memory = session.memory();
    const peakMb = memory?.peakMb ?? Number.NaN;
    const failure = samples.find((sample) => sample.failure !== undefined)?.failure;
    const [first, ...later] = samples.map(({ ms }) => ms);
    const sorted = later.sort((a, b) => a - b);
    const quantile = (share: number) => sorted[Math.floor(sorted.length * share)];
    const row = (what: string, ms = Number.NaN, note = '') =>
      rowsOf({ size: board.size, format: board.format, what }, [
        { contender: 'devops-engineer', samples: [{ ms, peakMb, failure }], note },
      ]);
    const asked =
      samples.length === calls ? '' : `${samples.length} of ${calls} calls in ${budgetMs / 1000} s`;
    return [
      ...row('warm filter, first call', first),
      ...row('warm filter, p50', quantile(0.5), asked),
      ...row('warm filter, p99', quantile(0.99), `${Math.round(memory?.nowMb ?? 0)} MB at the end`),
    ];
  } finally {
    await session.close();
    await project.remove();
  }
}

/** Goes through the questions; every third answer that has more is followed to its next page. */
async function ask(session: McpSession, matches: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startedAt = performance.now();
  let asked = 0;
  let next: Question | undefined;
  while (samples.length < calls && performance.now() - startedAt < budgetMs) {
    const question: Question = next ?? { ...questions[asked % questions.length], limit };
    if (!next) asked += 1;
    const { ms, failure, structured } = await session.call('filterTasks', question);
    samples.push({ ms, failure, peakMb: 0 });
    if (failure !== undefined) break;
    if (samples.length === 1 && structured?.total !== matches) {
      throw new Error(`the server counted ${structured?.total} matches, not ${matches}`);
    }
    const cursor = structured?.nextCursor;
    next = !next && asked % 3 === 0 && typeof cursor === 'string' ? { ...question, cursor } : undefined;
  }
  return samples;
}
