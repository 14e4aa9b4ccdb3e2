import * as z from 'zod';
import { jsonFormat } from './json-report.ts';
import { parseUnambiguous } from './json-text.ts';
import { type LoadRun, loadEvidence } from './load.ts';
import type { EvidenceFormat } from './types.ts';
import { Unreadable } from './unreadable.ts';
import { cleanLine } from './untrusted.ts';

const count = z.number().min(0);
const counts = z.record(z.string(), count);
/** A percentile is null where there were too few answers. */
const time = z.number().min(0).nullish();

const summary = z.object({
  min: time,
  max: time,
  mean: time,
  median: time,
  p50: time,
  p90: time,
  p95: time,
  p99: time,
  p999: time,
  count: count.nullish(),
});
type Summary = z.output<typeof summary>;
const summaries = z.record(z.string(), summary.nullish()).nullish();

/** Artillery 2, and 1.7 on. */
const counted = z.object({
  counters: counts,
  summaries,
  histograms: summaries,
  rates: z.record(z.string(), count.nullish()).nullish(),
});

/** Artillery 1. */
const classic = z.object({
  requestsCompleted: count,
  rps: z.object({ count: count.nullish(), mean: count.nullish() }),
  latency: summary,
  errors: counts.default({}),
  codes: counts.default({}),
});

/**
 * Artillery's JSON report (`run --output`), of version 1 and 2, also the messages that its workers send, where a
 * report is a JSON text inside the JSON. Of several workers the counters are summed; their percentiles cannot be.
 */
export const artillery: EvidenceFormat = {
  ...jsonFormat({
    name: 'artillery',
    kind: 'metrics',
    title: 'Artillery JSON',
    detect: () => true,
    schema: z.preprocess(
      reportsIn,
      z.array(z.union([counted.transform(fromCounters), classic.transform(fromClassic)])),
    ),
    interpret(runs) {
      const [first, ...others] = runs;
      if (!first) throw new Unreadable('no worker has reported');
      const run = others.length === 0 ? first : { ...runs.reduce(sum), latencies: {} };
      if (run.requests.sent === 0) throw new Unreadable('no request was sent');
      if (run.throughput.answers === 0) throw new Unreadable('no request was answered');
      return loadEvidence('artillery', run);
    },
  }),
  detect: (head) =>
    /^\s*["[{]/.test(head) &&
    ((/\\?"aggregate\\?"\s*:\s*\{/.test(head) && /\\?"(counters|scenariosCreated)\\?"\s*:/.test(head)) ||
      /"report"\s*:\s*"\{\s*\\"(counters|scenariosCreated|timestamp)\\"/.test(head)),
};

type Run = LoadRun & Required<Pick<LoadRun, 'requests'>> & { throughput: { value: number; answers: number } };

/** The reports in whatever they are wrapped. */
function reportsIn(wrapped: unknown): unknown[] {
  if (typeof wrapped === 'string') return reportsIn(parse(wrapped));
  if (Array.isArray(wrapped)) return wrapped.flatMap(reportsIn);
  if (typeof wrapped !== 'object' || wrapped === null) return [wrapped];
  if ('aggregate' in wrapped) return reportsIn(wrapped.aggregate);
  if (!('report' in wrapped)) return [wrapped];
  const event = 'event' in wrapped ? cleanLine(String(wrapped.event)) : 'done';
  if (/error|fail/i.test(event)) throw new Unreadable(`a worker ended with "${event}"`);
  return event === 'done' ? reportsIn(wrapped.report) : [];
}

function parse(text: string): unknown {
  try {
    return parseUnambiguous(text);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable(`the JSON inside the JSON is not whole: ${cleanLine(text.slice(0, 40))}`);
  }
}

function fromCounters(report: z.output<typeof counted>): Run {
  const counters = unprefixed(report.counters);
  const codes = valuesOf(counters, /^http\.codes\.(\d+)$/);
  const answers = counters['http.responses'] ?? total(codes.values());
  const sent = Math.max(counters['http.requests'] ?? 0, answers);
  const trouble = total(valuesOf(counters, /^errors\.(.+)$/).values());
  const { 'http.response_time': times } = {
    ...unprefixed(report.histograms),
    ...unprefixed(report.summaries),
  };
  return {
    latencies: latenciesOf(times),
    measured: times?.count ?? answers,
    requests: {
      sent,
      failed: failedOf(Math.max(trouble, counters['vusers.failed'] ?? 0), codes, sent, answers),
    },
    throughput: { value: unprefixed(report.rates)['http.request_rate'] ?? Number.NaN, answers },
  };
}

/** The first releases of version 2 say `engine.http.requests` and `core.vusers.failed`. */
function unprefixed<Value>(named: Record<string, Value> | null | undefined): Record<string, Value> {
  const entries = Object.entries(named ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name.replace(/^(engine|core)\./, ''), value]));
}

function fromClassic({ requestsCompleted, rps, latency, errors, codes }: z.output<typeof classic>): Run {
  const sent = Math.max(rps.count ?? 0, requestsCompleted);
  const answered = valuesOf(codes, /^(\d+)$/);
  return {
    latencies: latenciesOf(latency),
    measured: requestsCompleted,
    requests: { sent, failed: failedOf(total(Object.values(errors)), answered, sent, requestsCompleted) },
    throughput: { value: rps.mean ?? Number.NaN, answers: requestsCompleted },
  };
}

/**
 * Requests without an answer show as an error too, and most errors end their virtual user: whatever counts most is
 * taken. A failed expectation is an error of its own beside the status, so that a request may count twice.
 */
function failedOf(trouble: number, codes: Map<string, number>, sent: number, answers: number): number {
  const bad = [...codes].filter(([code]) => Number(code) >= 400).map(([, number]) => number);
  return Math.max(trouble, sent - answers) + total(bad);
}

function latenciesOf(times: Summary | null | undefined): LoadRun['latencies'] {
  if (!times) return {};
  const { p50, median, p90, p95, p99, p999, mean, min, max } = times;
  return { p50: p50 ?? median, p90, p95, p99, p99_9: p999, mean, min, max };
}

function valuesOf(counters: Record<string, number>, name: RegExp): Map<string, number> {
  const found = new Map<string, number>();
  for (const [key, value] of Object.entries(counters)) {
    const [, part] = name.exec(key) ?? [];
    if (part !== undefined) found.set(part, value);
  }
  return found;
}

function total(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function sum(one: Run, other: Run): Run {
  return {
    latencies: {},
    requests: {
      sent: one.requests.sent + other.requests.sent,
      failed: one.requests.failed + other.requests.failed,
    },
    throughput: {
      value: one.throughput.value + other.throughput.value,
      answers: one.throughput.answers + other.throughput.answers,
    },
  };
}
