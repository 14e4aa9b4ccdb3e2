import { errorClasses } from '../errors.ts';

/**
 * The five software delivery performance figures as DORA defines them (dora.dev, "DORA's software delivery
 * performance metrics"), drawn from the records of deployments. Pure. Where there is nothing to divide there is no
 * figure, not a zero. A failure belongs to the deployment that says so itself or that a rollback names, never to
 * whichever happened to be the latest.
 */

/** One deployment or rollback. Times are ISO 8601 UTC. */
export interface DeliveryRecord {
  id: string;
  environment: string;
  kind: 'deploy' | 'rollback';
  state: string;
  commit: string;
  commitAt: string;
  /** Absent where the deployment ended before anything began. */
  startedAt?: string;
  finishedAt?: string;
  /** For rollbacks: the deployment that was taken back. */
  rollbackOf?: string;
  failureCode?: string;
  /** Type of the task it was made for; tells planned work from rework. */
  taskType?: string;
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
  /** Absent when `count` is 0. */
  medianMs?: number;
}

export interface DoraFigures {
  /** How often changes are deployed: deployments that went live, those that were taken back later among them. */
  deploymentFrequency: { count: number; perDay: number };
  /** From the commit of a change to its first deployment that went live, per environment. */
  leadTimeForChanges: Times;
  /** Deployments that needed an intervention, of those that began. */
  changeFailureRate: Ratio;
  /** From the begin of a failed deployment to the end of the one that brought a good release back. */
  failedDeploymentRecoveryTime: Times;
  /** Deployments that repair an earlier one, of those that began. */
  deploymentReworkRate: Ratio;
  /** All failures by code, refusals by policy too; the most frequent first. */
  failurePatterns: { code: string; count: number }[];
  stepDurations: { step: string; count: number; p50Ms: number; p95Ms: number }[];
}

const dayMs = 24 * 60 * 60 * 1_000;
const reworkWords = ['fix', 'bug', 'bugfix', 'hotfix', 'incident', 'rollback', 'rework'];

/**
 * The figures over the records of a window.
 * @param windowMs length of the window, more than 0
 */
export function doraFigures(
  records: readonly DeliveryRecord[],
  steps: readonly StepRecord[],
  windowMs: number,
): DoraFigures {
  const rollbacks = rollbacksByTarget(records);
  const attempts = records.filter(isAttempt);
  const wentLive = attempts.filter(
    ({ id, state }) => state === 'deployed' || (state === 'rolledBack' && rollbacks.has(id)),
  );
  const failed = attempts.filter(({ id, state }) => state !== 'deployed' || rollbacks.has(id));
  const good = records
    .filter(({ id, state, finishedAt }) => state === 'deployed' && finishedAt && !rollbacks.has(id))
    .sort((a, b) => timeOf(a.finishedAt) - timeOf(b.finishedAt));
  return {
    deploymentFrequency: { count: wentLive.length, perDay: round(wentLive.length / (windowMs / dayMs), 3) },
    leadTimeForChanges: timesOf(
      firstOfEachChange(wentLive).map(({ commitAt, finishedAt }) => timeOf(finishedAt) - timeOf(commitAt)),
    ),
    changeFailureRate: ratioOf(failed.length, attempts.length),
    failedDeploymentRecoveryTime: timesOf(
      failed.map((one) => timeOf(recoveredAt(one, rollbacks.get(one.id), good)) - timeOf(one.startedAt)),
    ),
    deploymentReworkRate: ratioOf(attempts.filter(isRework).length, attempts.length),
    failurePatterns: countBy(records.flatMap(({ failureCode }) => failureCode ?? [])),
    stepDurations: durationsOf(steps),
  };
}

/**
 * Deployments of a change that began and have ended. What policy turned away touched nothing, and what a person
 * cancelled says nothing about the change: both are left out. `unknown` is in: it is no success.
 */
function isAttempt({ kind, state, startedAt, failureCode }: DeliveryRecord): boolean {
  const hasEnded = ['deployed', 'rolledBack', 'failed', 'unknown'].includes(state);
  const wasRefused = classOf(failureCode) === 'policy';
  return (
    kind === 'deploy' && hasEnded && startedAt !== undefined && !wasRefused && failureCode !== 'CANCELLED'
  );
}

function classOf(code = ''): string | undefined {
  return (errorClasses as Record<string, string>)[code];
}

/** The first rollback that succeeded, by the deployment it took back. */
function rollbacksByTarget(records: readonly DeliveryRecord[]): Map<string, DeliveryRecord> {
  const byTarget = new Map<string, DeliveryRecord>();
  for (const one of records) {
    if (one.kind !== 'rollback' || one.state !== 'deployed' || one.rollbackOf === undefined) continue;
    const earlier = byTarget.get(one.rollbackOf);
    if (!earlier || timeOf(one.finishedAt) < timeOf(earlier.finishedAt)) byTarget.set(one.rollbackOf, one);
  }
  return byTarget;
}

/** When a good release was live again: by its own rollback, or else by the next good one in that environment. */
function recoveredAt(
  failed: DeliveryRecord,
  rollback: DeliveryRecord | undefined,
  good: readonly DeliveryRecord[],
): string | undefined {
  if (rollback) return rollback.finishedAt;
  if (failed.state === 'rolledBack') return failed.finishedAt;
  return good.find(
    ({ environment, finishedAt }) =>
      environment === failed.environment && timeOf(finishedAt) > timeOf(failed.finishedAt),
  )?.finishedAt;
}

/** Deploying a commit again is no new change. */
function firstOfEachChange(wentLive: readonly DeliveryRecord[]): DeliveryRecord[] {
  const first = new Map<string, DeliveryRecord>();
  for (const one of wentLive) {
    const change = JSON.stringify([one.environment, one.commit]);
    const earlier = first.get(change);
    if (!earlier || timeOf(one.finishedAt) < timeOf(earlier.finishedAt)) first.set(change, one);
  }
  return [...first.values()];
}

function isRework({ taskType = '' }: DeliveryRecord): boolean {
  return taskType
    .toLowerCase()
    .split(/[^a-z]+/)
    .some((word) => reworkWords.includes(word));
}

/** NaN where there is no time: what is computed from it measures nothing and is left out. */
function timeOf(time = ''): number {
  return Date.parse(time);
}

function ratioOf(count: number, of: number): Ratio {
  return of === 0 ? { count, of } : { count, of, percent: round((count / of) * 100, 1) };
}

/** Durations that cannot be, such as from a commit dated after its deployment, measure nothing. */
function timesOf(durationsMs: readonly number[]): Times {
  const sorted = sortedDurations(durationsMs);
  return sorted.length === 0 ? { count: 0 } : { count: sorted.length, medianMs: percentile(sorted, 50) };
}

function sortedDurations(durationsMs: readonly number[]): number[] {
  return durationsMs.filter((value) => Number.isFinite(value) && value >= 0).sort((a, b) => a - b);
}

function countBy(codes: readonly string[]): { code: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts]
    .map(([code, count]) => ({ code, count }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

function durationsOf(steps: readonly StepRecord[]): DoraFigures['stepDurations'] {
  return [...new Set(steps.map(({ step }) => step))].flatMap((step) => {
    const sorted = sortedDurations(
      steps.filter((one) => one.step === step).map(({ durationMs }) => durationMs),
    );
    if (sorted.length === 0) return [];
    return { step, count: sorted.length, p50Ms: percentile(sorted, 50), p95Ms: percentile(sorted, 95) };
  });
}

/** Nearest rank over sorted values: always one that was measured. */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] as number;
}

function round(value: number, decimals: number): number {
  return Math.round(value * 10 ** decimals) / 10 ** decimals;
}
