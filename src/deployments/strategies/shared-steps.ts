import type { PlanFacts, PlannedStep } from './types.ts';

/** The watch that ends every strategy: prove the version, run the checks, observe real traffic. */
export function watchSteps({ version, validate, strategy }: PlanFacts): PlannedStep[] {
  const limits = strategy.analysis
    ? `, within ${Object.keys(strategy.analysis)
        .filter((key) => key !== 'minRequests')
        .join(' and ')} limits`
    : '';
  return [
    { action: 'verify', does: `prove that ${version} is what the environment serves, healthy` },
    ...(validate.length > 0
      ? [{ action: 'validate' as const, does: `run ${validate.join(', ')} against the environment` }]
      : []),
    { action: 'bake', does: `watch ${version} for ${strategy.bake / 1_000} s${limits}` },
  ];
}

/** What fails on the way there has touched nothing that is live. */
export function copySteps({ version, capabilities }: PlanFacts): PlannedStep[] {
  if (!capabilities.copiesFirst) return [];
  return [{ action: 'stage', does: `copy ${version} to where it will run` }];
}

/** How a careful strategy begins: the new release starts beside the old one and is proven before it gets traffic. */
export function candidateSteps({ version, previousVersion }: PlanFacts): PlannedStep[] {
  return [
    { action: 'stage', does: `start ${version} beside ${previousVersion ?? 'nothing'}, without traffic` },
    { action: 'probeCandidate', does: `prove ${version} healthy before it gets traffic` },
  ];
}

/** How it ends: the old release is no longer needed for an instant way back. */
export function endWarmRelease({ previousVersion }: PlanFacts): PlannedStep[] {
  if (previousVersion === undefined) return [];
  return [{ action: 'retirePrevious', does: `end ${previousVersion}, which stayed warm until here` }];
}
