/**
 * The five software delivery performance figures as DORA defines them (dora.dev, "DORA's software delivery
 * performance metrics"): deployment frequency, change lead time, change fail rate, failed deployment recovery time,
 * deployment rework rate. Pure. Where there is nothing to divide there is no figure, not a zero.
 */

export interface DeliveryRecord {
  id: string;
  environment: string;
  kind: 'deploy' | 'rollback';
  state: string;
  /** ISO 8601 UTC, all of them. */
  commitAt: string;
  /** Absent where policy turned the deployment away before anything began: that is no failure of a change. */
  startedAt?: string;
  finishedAt?: string;
  /** For rollbacks: the deployment that was taken back. */
  rollbackOf?: string;
  failureCode?: string;
  /** Whether the release repairs an earlier one: unplanned work. */
  isRework: boolean;
}

export interface StepRecord {
  step: string;
  durationMs: number;
}

export interface Ratio {
  count: number;
  of: number;
  /** One decimal; absent when `of` is 0. */
  percent?: number;
}

export interface Times {
  count: number;
  medianMs?: number;
}

export interface DoraFigures {
  deploymentFrequency: { count: number; perDay: number };
  leadTimeForChanges: Times;
  changeFailureRate: Ratio;
  failedDeploymentRecoveryTime: Times;
  deploymentReworkRate: Ratio;
  failurePatterns: { code: string; count: number }[];
  stepDurations: { step: string; count: number; p50Ms: number; p95Ms: number }[];
}

const dayMs = 24 * 60 * 60 * 1_000;

export function doraFigures(
  records: readonly DeliveryRecord[],
  steps: readonly StepRecord[],
  windowMs: number,
): DoraFigures {
  const begun = records.filter(
    ({ kind, startedAt, finishedAt }) => kind === 'deploy' && startedAt && finishedAt,
  );
  const takenBack = new Set(
    records.flatMap(({ kind, state, rollbackOf }) =>
      kind === 'rollback' && state === 'deployed' && rollbackOf ? [rollbackOf] : [],
    ),
  );
  // What was live and went back counts as deployed and as failed; what a person cancelled is neither.
  const changes = begun.filter(
    ({ state, failureCode }) => state !== 'cancelled' && failureCode !== 'CANCELLED',
  );
  const failed = changes.filter(({ id, state }) => state !== 'deployed' || takenBack.has(id));
  const successful = changes.filter(({ state }) => state === 'deployed');
  const rework = changes.filter(({ isRework }) => isRework);
  return {
    deploymentFrequency: { count: successful.length, perDay: round(successful.length / (windowMs / dayMs)) },
    leadTimeForChanges: timesOf(successful.map(({ commitAt, finishedAt }) => between(commitAt, finishedAt))),
    changeFailureRate: ratioOf(failed.length, changes.length),
    failedDeploymentRecoveryTime: timesOf(failed.flatMap((one) => recoveryMs(one, records) ?? [])),
    deploymentReworkRate: ratioOf(rework.length, changes.length),
    failurePatterns: countBy(records.flatMap(({ failureCode }) => failureCode ?? [])),
    stepDurations: durationsOf(steps),
  };
}

/** From the switch that broke it to the moment a good release was live again in that environment. */
function recoveryMs(failed: DeliveryRecord, records: readonly DeliveryRecord[]): number | undefined {
  if (failed.state === 'rolledBack') {
    const rollback = records.find(
      ({ rollbackOf, state }) => rollbackOf === failed.id && state === 'deployed',
    );
    return between(failed.startedAt, rollback?.finishedAt ?? failed.finishedAt);
  }
  const next = records
    .filter(
      ({ environment, state, finishedAt }) =>
        environment === failed.environment &&
        state === 'deployed' &&
        (finishedAt ?? '') > (failed.finishedAt ?? ''),
    )
    .map(({ finishedAt }) => finishedAt as string)
    .sort()[0];
  return next === undefined ? undefined : between(failed.startedAt, next);
}

function between(from: string | undefined, to: string | undefined): number {
  return Math.max(0, Date.parse(to ?? '') - Date.parse(from ?? ''));
}

function ratioOf(count: number, of: number): Ratio {
  return of === 0 ? { count, of } : { count, of, percent: round((count / of) * 100) };
}

function timesOf(valuesMs: number[]): Times {
  const sorted = valuesMs.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted.length === 0 ? { count: 0 } : { count: sorted.length, medianMs: percentile(sorted, 50) };
}

function countBy(codes: string[]): { code: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts]
    .map(([code, count]) => ({ code, count }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

function durationsOf(steps: readonly StepRecord[]) {
  const byStep = new Map<string, number[]>();
  for (const { step, durationMs } of steps) byStep.set(step, [...(byStep.get(step) ?? []), durationMs]);
  return [...byStep].map(([step, values]) => {
    const sorted = values.sort((a, b) => a - b);
    return { step, count: sorted.length, p50Ms: percentile(sorted, 50), p95Ms: percentile(sorted, 95) };
  });
}

/** Nearest rank over sorted values; never beyond what was measured. */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
