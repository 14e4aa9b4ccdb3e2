import type { Evidence, Metric } from './types.ts';
import { Unreadable } from './unreadable.ts';
import { cleanLine } from './untrusted.ts';

/** Names under which every load test gives its latencies. */
export const latencyNames = ['p50', 'p90', 'p95', 'p97_5', 'p99', 'p99_9', 'mean', 'min', 'max'] as const;
export type LatencyName = (typeof latencyNames)[number];

type Known = number | null | undefined;

/** What a load test measured. Missing is what its tool does not say; it is never taken for 0. */
export interface LoadRun {
  /** In ms. */
  latencies: Partial<Record<LatencyName, Known>>;
  /** How many answers the latencies rest on. */
  measured?: Known;
  requests?: {
    sent: number;
    /** Those of them without an answer, or with a bad one. */
    failed: number;
  };
  throughput?: {
    /** In req/s. */
    value: Known;
    answers?: number | undefined;
  };
  /** What only this tool measures. */
  others?: Record<string, Metric>;
}

/**
 * The evidence of a load test: latencies in ms, `errorRate` in % of the requests sent, `throughput` in req/s. What
 * rests on no sample is left out.
 * @throws Unreadable when nothing is left
 */
export function loadEvidence(format: string, run: LoadRun, problems: readonly string[] = []): Evidence {
  const { requests, throughput } = run;
  const metrics: Record<string, Metric> = {};
  for (const name of latencyNames) {
    if (run.measured !== 0) put(metrics, name, run.latencies[name], 'ms', run.measured);
  }
  if (requests && requests.sent > 0) {
    const failed = Math.min(requests.failed, requests.sent);
    put(metrics, 'errorRate', (failed * 100) / requests.sent, '%', requests.sent);
  }
  if (throughput && throughput.answers !== 0) {
    put(metrics, 'throughput', throughput.value, 'req/s', throughput.answers);
  }
  const measured = { ...metrics, ...run.others };
  if (Object.keys(measured).length === 0) throw new Unreadable('nothing was measured');
  return {
    format,
    kind: 'metrics',
    conclusive: problems.length === 0,
    problems: [...new Set(problems.map(cleanLine))].slice(0, maxProblems),
    metrics: measured,
  };
}

const maxProblems = 20;

function put(
  metrics: Record<string, Metric>,
  name: string,
  value: Known,
  unit: string,
  samples: Known,
): void {
  if (value == null || !Number.isFinite(value)) return;
  if (value < 0) throw new Unreadable(`${name} is less than nothing: ${value}`);
  if (samples != null && !(samples >= 0 && samples < Number.POSITIVE_INFINITY)) {
    throw new Unreadable(`${name} rests on ${samples} samples`);
  }
  metrics[name] = { value, unit, ...(samples != null && { samples }) };
}
