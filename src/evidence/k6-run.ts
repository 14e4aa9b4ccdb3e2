import { type JudgedThresholds, judgeThresholds, type K6Metric, samplesOf } from './k6-thresholds.ts';
import { type LoadRun, loadEvidence } from './load.ts';
import { percentOfRate } from './percent.ts';
import type { Evidence, Metric, ReportRun } from './types.ts';
import { Unreadable } from './unreadable.ts';

/** Exit code of k6 for a run that missed a threshold (k6, errext/exitcodes). */
const thresholdsHaveFailed = 99;

/**
 * The evidence of a k6 run, from whatever shape of report. `checks` is the share of its checks that passed. A run
 * that missed a threshold of its own is red: `thresholds` says so, and no limit on metrics passes on it.
 * @throws Unreadable when no request was made, or none was answered
 */
export function k6Evidence(all: readonly K6Metric[], { exitCode }: ReportRun): Evidence {
  const metrics = new Map(all.map((metric) => [metric.name, metric]));
  const duration = metrics.get('http_req_duration');
  const failed = metrics.get('http_req_failed');
  const requests = metrics.get('http_reqs');
  // A script may write a summary of its own choice, without the number of requests.
  const sent = samplesOf(requests ?? failed ?? duration);
  if (sent === 0 || !(requests || failed || duration)) throw new Unreadable('no HTTP request was made');
  if (failed && failed.values.rate === 1 && duration && isUnanswered(duration))
    throw new Unreadable('no request was answered');
  const checks = metrics.get('checks');
  const judged = withExitCode(judgeThresholds(all), exitCode);
  const evidence = loadEvidence(
    'k6',
    {
      latencies: duration ? latenciesOf(duration) : {},
      measured: samplesOf(duration) ?? sent,
      ...failuresOf(failed, sent),
      throughput: { value: requests?.values.rate, answers: sent },
      ...(checks && { others: passedChecks(checks) }),
    },
    [...judged.problems, ...contradictions(all)],
  );
  return { ...evidence, ...(judged.counts && { thresholds: judged.counts }) };
}

function isUnanswered(duration: K6Metric): boolean {
  return duration.values.max === 0 || samplesOf(duration) === 0;
}

/** A request without an answer counts as 0 ms, which no answer takes. */
function latenciesOf({ values }: K6Metric) {
  const answered = (value: number | undefined) => value || undefined;
  return {
    p50: answered(values.med ?? values['p(50)']),
    p90: answered(values['p(90)']),
    p95: answered(values['p(95)']),
    p97_5: answered(values['p(97.5)']),
    p99: answered(values['p(99)']),
    p99_9: answered(values['p(99.9)']),
    mean: answered(values.avg),
    min: answered(values.min),
    max: answered(values.max),
  };
}

/** Of `http_req_failed`, where a "pass" is a request that failed. */
function failuresOf(failed: K6Metric | undefined, requests: number | undefined): Pick<LoadRun, 'requests'> {
  const sent = samplesOf(failed) ?? requests;
  const number = failed?.values.passes ?? (failed?.values.rate ?? Number.NaN) * (sent ?? 0);
  return sent === undefined || Number.isNaN(number) ? {} : { requests: { sent, failed: number } };
}

function passedChecks(checks: K6Metric): Record<string, Metric> {
  const { rate } = checks.values;
  const samples = samplesOf(checks);
  return rate === undefined || !samples ? {} : { checks: { value: percentOfRate(rate), unit: '%', samples } };
}

function contradictions(metrics: readonly K6Metric[]): string[] {
  return metrics.flatMap((metric) => {
    const { passes = 0, fails, rate } = metric.values;
    if (fails === undefined || rate === undefined || passes + fails === 0) return [];
    const counted = passes / (passes + fails);
    if (Math.abs(rate - counted) < 1e-3) return [];
    return [`the rate of ${metric.name} is ${rate}, but ${passes} of ${passes + fails} are counted`];
  });
}

function withExitCode(judged: JudgedThresholds, exitCode: number | undefined): JudgedThresholds {
  const { counts = { passed: 0, failed: 0, failures: [] } } = judged;
  if (exitCode !== thresholdsHaveFailed || counts.failed > 0) return judged;
  const failures = [`exit code ${exitCode}: k6 says that a threshold was missed`];
  return { ...judged, counts: { ...counts, failed: 1, failures } };
}
