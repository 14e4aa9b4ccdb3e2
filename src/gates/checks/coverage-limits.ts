import { absoluteLimits, type LimitsRequirement } from '../../config/demands.ts';
import { formatThreshold, type Threshold } from '../../config/values.ts';
import type { Coverage, Evidence } from '../../evidence/types.ts';
import { convert, meets } from '../threshold.ts';
import type { Judgement } from '../types.ts';
import type { EvidenceCheck } from './evidence-check.ts';
import { about, describeLimits, isLimits, judgeChange, together } from './limits.ts';

/**
 * `coverage: { lines: ">= 80%", comparedToBaseline: ">= -1%" }`: enough is covered, and at most a percentage point
 * less than of the live release.
 */
export const coverageLimits: EvidenceCheck<LimitsRequirement> = {
  kind: 'coverage',
  matches: isLimits,
  describe: describeLimits,
  judge(demand, evidence, { baseline }) {
    const { comparedToBaseline: relative, minSamples } = demand;
    if (minSamples !== undefined) return withoutSamples;
    const limits = absoluteLimits(demand);
    const judged = limits.map(([name, limit]) => about(name, judgePart(name, limit, evidence)));
    if (relative && baseline) {
      judged.push(
        ...limits.map(([name, own]) => about(name, judgeLoss(name, { relative, own }, evidence, baseline))),
      );
    }
    return together(judged, 'Enough is covered.');
  },
};

const withoutSamples: Judgement = {
  verdict: 'inconclusive',
  observed: 'coverage',
  reason: 'minSamples is demanded, but coverage rests on no samples',
  remedy: 'A person takes minSamples out of the demand in devops.yaml.',
};

function percentOf({ coverage = {} }: Evidence, name: string): number | undefined {
  return Object.hasOwn(coverage, name) ? coverage[name as keyof Coverage] : undefined;
}

function judgePart(name: string, limit: Threshold, evidence: Evidence): Judgement {
  const percent = percentOf(evidence, name);
  if (percent === undefined) {
    const known = Object.keys(evidence.coverage ?? {}).join(', ');
    return {
      verdict: 'inconclusive',
      observed: `${name} not measured`,
      reason: `the report does not say how much of ${name} is covered; it does of ${known}`,
      remedy: `Make the check measure ${name}, or name something that its report has.`,
    };
  }
  const observed = `${name} ${shown(percent)}%`;
  const value = convert(percent, '%', limit.unit);
  if (value === undefined || !saysEnough(limit)) {
    return {
      verdict: 'inconclusive',
      observed,
      reason: `${name} ${formatThreshold(limit)} does not say how much must be covered`,
      remedy: `A person writes the limit of ${name} as a share that must be covered, such as ">= 80%".`,
    };
  }
  if (meets(value, limit)) return { verdict: 'pass', observed, reason: '' };
  return {
    verdict: 'fail',
    observed,
    reason: `${shown(percent)}% of ${name} are covered, required ${formatThreshold(limit)}`,
    remedy: 'Cover more with tests in a new commit and evaluate the gate for that commit.',
  };
}

/** A limit that would let nearly everything through, such as `<= 80%` or `>= 0.8`, is none. */
function saysEnough({ comparison, value, unit }: Threshold): boolean {
  return !comparison.startsWith('<') && value > (unit === undefined ? 1 : 0);
}

function judgeLoss(
  name: string,
  limits: { relative: Threshold; own: Threshold },
  evidence: Evidence,
  baseline: Evidence,
): Judgement {
  const [now, before] = [percentOf(evidence, name), percentOf(baseline, name)];
  if (now === undefined || before === undefined) {
    return {
      verdict: 'inconclusive',
      observed: `${name} without baseline`,
      reason: `${name} cannot be compared with the live release: one of the two was not measured`,
      remedy:
        'Measure the live release anew: call evaluateGate with its commit as ref and run "all", then once more for this commit.',
    };
  }
  const points = now - before;
  const change = `${name} ${points >= 0 ? '+' : ''}${Math.round(points * 100) / 100} points`;
  return judgeChange(points, { shown: change, ...limits });
}

/** Never rounded up: 79.996% is not 80%. */
function shown(percent: number): number {
  return Math.floor(percent * 100) / 100;
}
