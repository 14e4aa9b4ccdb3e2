import { maxFailures, type ThresholdCounts } from './types.ts';
import { cleanLine } from './untrusted.ts';

/** A metric of k6 at the end of a run. */
export interface K6Metric {
  /** With tags for a submetric: `http_req_duration{expected_response:true}`. */
  name: string;
  /** By the names of k6's aggregations; a rate has `passes` (true) and `fails` (false), whatever they mean. */
  values: Readonly<Record<string, number>>;
  thresholds: readonly K6Threshold[];
}

export interface K6Threshold {
  /** `p(95)<500`. */
  source: string;
  /** What k6 made of it, where it says so. */
  ok?: boolean | undefined;
}

export interface JudgedThresholds {
  counts?: ThresholdCounts;
  /** Thresholds that nothing was held against. */
  problems: string[];
}

/**
 * Judges the thresholds again, by the numbers that the report gives: one has passed only if neither k6 nor its own
 * numbers say otherwise. k6 does not evaluate a threshold on a metric without samples, and reports it as passed.
 */
export function judgeThresholds(metrics: readonly K6Metric[]): JudgedThresholds {
  const counts: ThresholdCounts = { passed: 0, failed: 0, failures: [] };
  const problems: string[] = [];
  for (const metric of metrics) {
    for (const { source, ok } of metric.thresholds) {
      const name = cleanLine(`${metric.name}: ${source}`);
      const holds = evaluate(source, metric.values);
      if (ok === false || (holds === false && !isEmpty(metric))) {
        counts.failed++;
        if (counts.failures.length < maxFailures) counts.failures.push(name);
      } else if (isEmpty(metric) && !(isCounter(metric) && holds)) {
        problems.push(`the threshold ${name} rests on no samples`);
      } else if (ok || holds) counts.passed++;
      else problems.push(`nobody has judged the threshold ${name}`);
    }
  }
  return { problems, ...(counts.passed + counts.failed > 0 && { counts }) };
}

/** How many samples a metric rests on; undefined where the report does not say. */
export function samplesOf(metric: K6Metric | undefined): number | undefined {
  if (!metric) return undefined;
  const { values } = metric;
  const { passes, fails, count } = values;
  if (passes !== undefined && fails !== undefined) return passes + fails;
  if (count !== undefined) return count;
  // A trend without a single sample is written as all zeros; a gauge has a value.
  const isZero = values.value === undefined && Object.values(values).every((value) => value === 0);
  return isZero ? 0 : undefined;
}

function isEmpty(metric: K6Metric): boolean {
  return samplesOf(metric) === 0;
}

function isCounter({ values }: K6Metric): boolean {
  return values.count !== undefined && values.max === undefined && values.passes === undefined;
}

const expression =
  /^\s*(count|rate|value|avg|min|max|med|p\(\s*(\d+(?:\.\d+)?)\s*\))\s*(<=|>=|<|>|={2,3}|!=)\s*(-?\d+(?:\.\d*)?(?:e[+-]?\d+)?)\s*$/i;

/** Whether the expression of a threshold holds; undefined where the values it needs are not there. */
function evaluate(source: string, values: K6Metric['values']): boolean | undefined {
  const [, aggregation = '', percentile, comparison, limit] = expression.exec(source) ?? [];
  const key = percentile === undefined ? aggregation : percentileKey(percentile);
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  return value === undefined ? undefined : compare(value, comparison, Number(limit));
}

function compare(value: number, comparison: string | undefined, limit: number): boolean | undefined {
  switch (comparison) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '!=':
      return value !== limit;
    default:
      return value === limit;
  }
}

/** The percentile that a threshold asks for, in percent. */
export function percentileIn({ source }: K6Threshold): number | undefined {
  const percentile = expression.exec(source)?.[2];
  return percentile === undefined ? undefined : Number(percentile);
}

/** As k6 writes it: `p(95)`, `p(99.9)`. */
export function percentileKey(percentile: number | string): string {
  return `p(${Number(percentile)})`;
}
