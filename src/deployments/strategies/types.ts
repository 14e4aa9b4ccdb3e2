import type { StrategyConfig } from '../../config/schema.ts';
import type { TargetCapabilities } from '../targets/types.ts';

/** What the workflow knows how to do. A strategy only puts these in order. */
export type StepAction =
  | 'stage'
  | 'probeCandidate'
  | 'shift'
  | 'watchShare'
  | 'activate'
  | 'retirePrevious'
  | 'verify'
  | 'validate'
  | 'bake';

export interface PlannedStep {
  action: StepAction;
  /** The share of the traffic that the step is about. */
  percent?: number;
  /** One line for people. */
  does: string;
}

/** Name of a step in the journal and in plans: `activate`, `shift 10%`. */
export function nameOf({ action, percent }: PlannedStep): string {
  return percent === undefined ? action : `${action} ${percent}%`;
}

/** Whether a step of that name gives the new release traffic: what comes after it may need the way back. */
export function givesTraffic(name: string): boolean {
  return name === 'activate' || name.startsWith('shift ');
}

export interface PlanFacts {
  /** Version that would be deployed, and the one that is live now. */
  version: string;
  previousVersion?: string;
  capabilities: TargetCapabilities;
  /** Checks to run after the switch. */
  validate: readonly string[];
  strategy: StrategyConfig;
}

/** One way to bring a release live. Pure: adding one means adding one file and its test. */
export interface Strategy {
  kind: StrategyConfig['kind'];
  title: string;
  /** What the target must be able to do; refused when the configuration is checked, not at midnight. */
  needs: readonly (keyof TargetCapabilities)[];
  plan(facts: PlanFacts): PlannedStep[];
}
