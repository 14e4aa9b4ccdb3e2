import { type Failure, refusalCodes } from '../deployments/failure.ts';
import { now, timestamp } from '../platform/clock.ts';
import { environmentOf, type Project } from '../project.ts';
import { type DoraFigures, doraFigures } from './dora.ts';

export interface MetricsReport extends DoraFigures {
  window: { from: string; to: string };
}

/** Types of tasks that repair rather than build. */
const reworkTypes = /fix|bug|hotfix|incident|rollback/;

/** The DORA figures of the project, or of one environment, over a window that ends now. @throws UNKNOWN_ENVIRONMENT */
export async function reportMetrics(
  project: Project,
  { windowMs, environment }: { windowMs: number; environment?: string },
): Promise<MetricsReport> {
  if (environment !== undefined) environmentOf(project, environment);
  const to = now();
  const from = timestamp(new Date(to.getTime() - windowMs));
  let query = project.state.read.selectFrom('deployments').selectAll().where('requested_at', '>=', from);
  if (environment !== undefined) query = query.where('environment', '=', environment);
  const rows = await query.execute();
  const ids = rows.map(({ id }) => id);
  const steps =
    ids.length === 0
      ? []
      : await project.state.read
          .selectFrom('steps')
          .select(['name', 'started_at', 'finished_at'])
          .where('deployment_id', 'in', ids)
          .where('state', '=', 'done')
          .execute();
  const rework = await reworkTasks(
    project,
    rows.flatMap(({ task_id }) => task_id ?? []),
  );
  const records = rows.map((row) => {
    const code = row.failure === null ? undefined : (JSON.parse(row.failure) as Failure).code;
    return {
      id: row.id,
      environment: row.environment,
      kind: row.kind,
      state: row.state,
      commitAt: row.commit_at,
      startedAt:
        code !== undefined && refusalCodes.includes(code) ? undefined : (row.started_at ?? undefined),
      finishedAt: row.finished_at ?? undefined,
      rollbackOf: row.kind === 'rollback' ? (row.previous_id ?? undefined) : undefined,
      failureCode: code,
      isRework: rework.has(row.task_id ?? ''),
    };
  });
  const durations = steps.map(({ name, started_at, finished_at }) => ({
    step: name,
    durationMs: Date.parse(finished_at ?? started_at) - Date.parse(started_at),
  }));
  return { window: { from, to: timestamp(to) }, ...doraFigures(records, durations, windowMs) };
}

/** Tasks among these that repair something. Without a readable board nothing is known to be rework. */
async function reworkTasks(project: Project, ids: string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const page = await project.tasks.filter({ ids: [...new Set(ids)], limit: 200 }).catch(() => undefined);
  return new Set(page?.tasks.filter(({ type = '' }) => reworkTypes.test(type)).map(({ id }) => id));
}
