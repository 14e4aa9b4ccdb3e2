import { absoluteLimits, type LimitsRequirement } from '../../config/demands.ts';
import type { Requirement } from '../../config/schema.ts';
import { type Comparison, formatThreshold, type Threshold } from '../../config/values.ts';
import { meets } from '../threshold.ts';
import type { Judgement } from '../types.ts';

/** What demands of limits have in common, be it on metrics or on coverage. Pure. */

export function isLimits(demand: Requirement): demand is LimitsRequirement {
  return !('comparison' in demand) && !('maxSeverity' in demand);
}

export function describeLimits(demand: LimitsRequirement): string {
  const { comparedToBaseline, minSamples } = demand;
  const limits = absoluteLimits(demand).map(([name, limit]) => `${name} ${formatThreshold(limit)}`);
  if (comparedToBaseline) limits.push(`comparedToBaseline ${formatThreshold(comparedToBaseline)}`);
  if (minSamples !== undefined) limits.push(`at least ${minSamples} samples`);
  return limits.join(', ');
}

/** The worst of several judgements in the words of all: one failure fails, one doubt is inconclusive. */
export function together(judged: readonly Judgement[], whenAllPass: string): Judgement {
  if (judged.length === 0) return nothingJudged;
  const observed = judged.map((one) => one.observed).join(', ');
  const worst = (['fail', 'inconclusive'] as const).find((verdict) =>
    judged.some((one) => one.verdict === verdict),
  );
  if (!worst) return { verdict: 'pass', observed, reason: whenAllPass };
  const bad = judged.filter(({ verdict }) => verdict === worst);
  const remedies = new Set(bad.flatMap(({ remedy }) => remedy ?? []));
  return {
    verdict: worst,
    observed,
    reason: bad.map(({ reason }) => reason).join('; '),
    remedy: [...remedies].join(' '),
    ...(worst === 'fail' && { culprits: bad.flatMap(({ culprits = [] }) => culprits) }),
  };
}

/** A judgement that says of which metric it is, where that is out of its limits. */
export function about(name: string, judged: Judgement): Judgement {
  if (judged.verdict !== 'fail') return judged;
  return { ...judged, culprits: [{ kind: 'metric', name, message: judged.reason }] };
}

const nothingJudged: Judgement = {
  verdict: 'inconclusive',
  observed: 'no metric judged',
  reason: 'the requirement names no metric',
  remedy: 'Name at least one metric with its limit.',
};

/**
 * Judges how far something has moved from where the live release has it.
 * @param change what `relative` bounds; `shown` is the same for people
 * @param own the absolute limit beside it, which tells whether more or less is worse
 */
export function judgeChange(
  change: number,
  { shown, relative, own }: { shown: string; relative: Threshold; own: Threshold },
): Judgement {
  const bound = facing(relative, own);
  const observed = `${shown} against the live release`;
  // Binary fractions must not make +10% of what is +10%.
  if (meets(Math.round(change * 1e6) / 1e6, bound)) return { verdict: 'pass', observed, reason: '' };
  return {
    verdict: 'fail',
    observed,
    reason: `${observed}, required ${formatThreshold(bound)}`,
    remedy: 'Bring it back to where the live release has it, in a new commit.',
  };
}

const mirrored: Record<Comparison, Comparison> = { '<=': '>=', '<': '>', '>=': '<=', '>': '<', '==': '==' };

/** "+10%" says how much worse: of what must be high, that much lower. */
function facing(relative: Threshold, { comparison: own }: Threshold): Threshold {
  const { comparison, value } = relative;
  const isSameSide = own === '==' || own.startsWith('<') === comparison.startsWith('<');
  return isSameSide ? relative : { ...relative, comparison: mirrored[comparison], value: -value };
}
