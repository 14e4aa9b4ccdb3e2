import type { Requirement } from '../../config/schema.ts';
import { formatThreshold, type Threshold } from '../../config/values.ts';
import type { Evidence } from '../../evidence/types.ts';
import { convert, meets } from '../threshold.ts';
import type { Judgement } from '../types.ts';
import type { EvidenceCheck } from './evidence-check.ts';

type MetricLimits = Extract<Requirement, Record<string, Threshold>>;

/** The entry that compares the other metrics of the requirement with the live release's own measurement. */
const baselineKey = 'comparedToBaseline';

/** `performance: { p99: "<= 250 ms" }`: every named metric is within its limit. */
export const metricLimits: EvidenceCheck<MetricLimits> = {
  kind: 'metrics',
  matches: (demand): demand is MetricLimits => !('comparison' in demand) && !('maxSeverity' in demand),
  describe: (limits) =>
    Object.entries(limits)
      .map(([name, limit]) => `${name} ${formatThreshold(limit)}`)
      .join(', '),
  judge(limits, evidence, { baseline }) {
    const absolute = Object.entries(limits).filter(([name]) => name !== baselineKey);
    const judged = absolute.map(([name, limit]) => judgeMetric(name, limit, evidence));
    const relative = limits[baselineKey];
    if (relative && baseline) {
      judged.push(...absolute.map(([name]) => judgeGrowth(name, relative, evidence, baseline)));
    }
    if (judged.length === 0) return nothingJudged;
    const worst =
      judged.find(({ verdict }) => verdict === 'fail') ??
      judged.find(({ verdict }) => verdict === 'inconclusive');
    const observed = judged.map((one) => one.observed).join(', ');
    if (!worst) return { verdict: 'pass', observed, reason: 'Every metric is within its limit.' };
    const because = judged.filter(({ verdict }) => verdict === worst.verdict).map(({ reason }) => reason);
    return {
      verdict: worst.verdict,
      observed,
      reason: because.join('; '),
      ...(worst.remedy && { remedy: worst.remedy }),
    };
  },
};

const nothingJudged: Judgement = {
  verdict: 'inconclusive',
  observed: 'no metric judged',
  reason: 'the requirement names no metric',
  remedy: 'Name at least one metric with its limit.',
};

function judgeMetric(name: string, limit: Threshold, { metrics = {} }: Evidence): Judgement {
  const metric = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
  if (!metric || metric.samples === 0) {
    return {
      verdict: 'inconclusive',
      observed: `${name} not measured`,
      reason: metric
        ? `${name} rests on no sample`
        : `the report has no metric ${name}; it has ${Object.keys(metrics).join(', ')}`,
      remedy: `Make the check measure ${name}, or name a metric that its report has.`,
    };
  }
  const value = convert(metric.value, metric.unit, limit.unit);
  const observed = `${name} ${round(metric.value)}${metric.unit ? ` ${metric.unit}` : ''}`;
  if (value === undefined) {
    return {
      verdict: 'inconclusive',
      observed,
      reason: `${name} is measured in ${metric.unit}, which cannot be compared with ${formatThreshold(limit)}`,
      remedy: `Write the limit of ${name} in ${metric.unit}.`,
    };
  }
  if (meets(value, limit)) return { verdict: 'pass', observed, reason: '' };
  return {
    verdict: 'fail',
    observed,
    reason: `${name} is ${round(value)}${limit.unit ?? ''}, required ${formatThreshold(limit)}`,
    remedy: 'Bring the metric within its limit in a new commit and evaluate the gate for that commit.',
  };
}

function judgeGrowth(name: string, limit: Threshold, evidence: Evidence, baseline: Evidence): Judgement {
  const now = evidence.metrics?.[name];
  const before = baseline.metrics?.[name];
  const value = now && before && convert(now.value, now.unit, before.unit);
  if (value === undefined || before === undefined) {
    return {
      verdict: 'inconclusive',
      observed: `${name} without baseline`,
      reason: `${name} cannot be compared with the live release: one of the two was not measured`,
      remedy: 'Measure the same metrics for both releases.',
    };
  }
  // From nothing to something has no percentage; the absolute limit judges it.
  const percent = before.value === 0 ? 0 : ((value - before.value) / Math.abs(before.value)) * 100;
  const observed = `${name} ${percent >= 0 ? '+' : ''}${round(percent)}% against the live release`;
  if (meets(percent, limit)) return { verdict: 'pass', observed, reason: '' };
  return {
    verdict: 'fail',
    observed,
    reason: `${observed}, required ${formatThreshold(limit)}`,
    remedy: 'Bring the metric back to where the live release has it, in a new commit.',
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
