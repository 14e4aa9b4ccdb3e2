import { absoluteLimits, type LimitsRequirement } from '../../config/demands.ts';
import { formatThreshold, type Threshold } from '../../config/values.ts';
import type { Evidence, Metric } from '../../evidence/types.ts';
import { convert, meets } from '../threshold.ts';
import type { Judgement } from '../types.ts';
import type { EvidenceCheck } from './evidence-check.ts';
import { about, describeLimits, isLimits, judgeChange, together } from './limits.ts';

/**
 * As many samples each of two releases must rest on to be compared, where the demand names no other number and the
 * report tells of samples: with fewer, chance moves a percentile further than any change worth a limit.
 */
const comparableSamples = 30;

/**
 * `performance: { p99: "<= 250 ms", minSamples: 50 }`: every named metric is within its limit, and rests on enough.
 * A run that missed limits of its own (thresholds of k6) fails whatever is named.
 */
export const metricLimits: EvidenceCheck<LimitsRequirement> = {
  kind: 'metrics',
  matches: isLimits,
  describe: describeLimits,
  judge(demand, evidence, { baseline }) {
    const { comparedToBaseline: relative, minSamples } = demand;
    const limits = absoluteLimits(demand);
    const judged = limits.map(([name, limit]) => about(name, judgeMetric(name, limit, evidence, minSamples)));
    if (relative && baseline) {
      judged.push(
        ...limits.map(([name, own]) =>
          about(name, judgeGrowth(name, { relative, own, now: evidence, before: baseline, minSamples })),
        ),
      );
    }
    return together([...missedThresholds(evidence), ...judged], 'Every metric is within its limit.');
  },
};

const namesShown = 5;

function missedThresholds({ thresholds }: Evidence): Judgement[] {
  if (!thresholds || thresholds.failed === 0) return [];
  const { passed, failed, failures } = thresholds;
  const shown = failures.slice(0, namesShown);
  const more = failed - shown.length;
  return [
    {
      verdict: 'fail',
      observed: `${failed} of ${passed + failed} thresholds of its own missed`,
      reason: `the load test missed thresholds of its own: ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
      remedy: 'Meet the thresholds of the load test in a new commit and evaluate the gate for that commit.',
      culprits: failures.map((name) => ({ kind: 'metric', name, message: 'missed a threshold of its own' })),
    },
  ];
}

function metricOf({ metrics = {} }: Evidence, name: string): Metric | undefined {
  return Object.hasOwn(metrics, name) ? metrics[name] : undefined;
}

function judgeMetric(
  name: string,
  limit: Threshold,
  evidence: Evidence,
  minSamples: number | undefined,
): Judgement {
  const metric = metricOf(evidence, name);
  if (!metric || metric.samples === 0) {
    return {
      verdict: 'inconclusive',
      observed: `${name} not measured`,
      reason: metric
        ? `${name} rests on no sample`
        : `the report has no metric ${name}; it has ${Object.keys(evidence.metrics ?? {}).join(', ')}`,
      remedy: `Make the check measure ${name}, or name a metric that its report has.`,
    };
  }
  const observed = `${name} ${round(metric.value)}${metric.unit ? ` ${metric.unit}` : ''}`;
  if (minSamples !== undefined && (metric.samples ?? 0) < minSamples) {
    return { verdict: 'inconclusive', observed, ...tooFew(name, metric, minSamples) };
  }
  const value = convert(metric.value, metric.unit, limit.unit);
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

function tooFew(name: string, { samples }: Metric, wanted: number): Pick<Judgement, 'reason' | 'remedy'> {
  if (samples === undefined) {
    return {
      reason: `the report does not say how many samples ${name} rests on; required are ${wanted}`,
      remedy: `Let the check write a report that says how many samples ${name} rests on, or a person takes minSamples out of the demand.`,
    };
  }
  return {
    reason: `${name} rests on ${samples} samples, required are ${wanted}`,
    remedy: `Let the check measure longer or with more load, until ${name} rests on at least ${wanted} samples, then call evaluateGate with run "all".`,
  };
}

interface Growth {
  relative: Threshold;
  own: Threshold;
  now: Evidence;
  before: Evidence;
  minSamples: number | undefined;
}

function judgeGrowth(name: string, { relative, own, now, before, minSamples }: Growth): Judgement {
  const [measured, live] = [metricOf(now, name), metricOf(before, name)];
  const value = measured && live && convert(measured.value, measured.unit, live.unit);
  if (value === undefined || !measured || !live) {
    return {
      verdict: 'inconclusive',
      observed: `${name} without baseline`,
      reason: `${name} cannot be compared with the live release: one of the two was not measured`,
      remedy: measureLiveRelease,
    };
  }
  const wanted = minSamples ?? comparableSamples;
  for (const [metric, whose] of [
    [measured, 'this release'],
    [live, 'the live release'],
  ] as const) {
    // Without a number in the demand, samples that nobody tells of are taken for enough.
    const { samples = minSamples === undefined ? wanted : 0 } = metric;
    if (samples < wanted) {
      const { reason, remedy = '' } = tooFew(name, metric, wanted);
      return {
        verdict: 'inconclusive',
        observed: `${name} of ${whose} on too few samples`,
        reason: `for ${whose}, ${reason}, to be compared`,
        remedy: metric === live ? `${remedy} ${measureLiveRelease}` : remedy,
      };
    }
  }
  // From nothing to something has no percentage; the absolute limit judges it.
  const percent = live.value === 0 ? 0 : ((value - live.value) / Math.abs(live.value)) * 100;
  return judgeChange(percent, {
    shown: `${name} ${percent >= 0 ? '+' : ''}${round(percent)}%`,
    relative,
    own,
  });
}

const measureLiveRelease =
  'Measure the live release anew: call evaluateGate with its commit as ref and run "all", then once more for this commit.';

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
