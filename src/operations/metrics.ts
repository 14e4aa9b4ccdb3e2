import type { Failure } from '../deployments/failure.ts';
import type { RequirementResult } from '../gates/types.ts';
import { now, timestamp } from '../platform/clock.ts';
import { environmentOf, type Project } from '../project.ts';
import { type DoraFigures, doraFigures } from './dora.ts';
import { type GateFailures, gateFailuresAmong } from './gate-failures.ts';
import { rehearsalsAmong } from './rehearsals.ts';

export interface MetricsReport extends DoraFigures {
  window: { from: string; to: string };
  gateFailures: GateFailures[];
}

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
  const taskTypes = await typesOfTasks(
    project,
    rows.flatMap(({ task_id }) => task_id ?? []),
  );
  const all = rows.flatMap((row) => {
    if (row.kind === 'runbook') return []; // no release
    const isRestart = row.previous_id === row.restore_id;
    return {
      id: row.id,
      environment: row.environment,
      kind: row.kind,
      state: row.state,
      commit: row.commit_sha,
      commitAt: row.commit_at,
      requestedAt: row.requested_at,
      reason: row.reason ?? undefined,
      startedAt: row.started_at ?? undefined,
      finishedAt: row.finished_at ?? undefined,
      rollbackOf: row.kind === 'rollback' && !isRestart ? (row.previous_id ?? undefined) : undefined,
      failureCode: row.failure === null ? undefined : (JSON.parse(row.failure) as Failure).code,
      taskType: taskTypes.get(row.task_id ?? ''),
    };
  });
  const rehearsals = rehearsalsAmong(all);
  const records = all.map((one) =>
    rehearsals.has(one.id) ? { ...one, state: 'deployed', rollbackOf: undefined } : one,
  );
  const durations = steps.map(({ name, started_at, finished_at }) => ({
    step: name,
    durationMs: Date.parse(finished_at ?? started_at) - Date.parse(started_at),
  }));
  return {
    window: { from, to: timestamp(to) },
    ...doraFigures(records, durations, windowMs),
    gateFailures: await gateFailures(project, from, environment),
  };
}

async function gateFailures(project: Project, from: string, environment: string | undefined) {
  let query = project.state.read
    .selectFrom('gates')
    .select(['environment', 'commit_sha', 'verdict', 'requirements'])
    .where('created_at', '>=', from)
    .where('verdict', '=', 'fail');
  if (environment !== undefined) query = query.where('environment', '=', environment);
  return gateFailuresAmong(
    (await query.execute()).map((row) => ({
      environment: row.environment,
      commit: row.commit_sha,
      verdict: row.verdict,
      requirements: JSON.parse(row.requirements) as RequirementResult[],
    })),
  );
}

/** The types of these tasks. Without a readable board nothing is known to be rework. */
async function typesOfTasks(project: Project, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const page = await project.tasks.filter({ ids: [...new Set(ids)], limit: 200 }).catch(() => undefined);
  return new Map(page?.tasks.map(({ id, type = '' }) => [id, type]));
}
