import type { TargetCapabilities } from '../../config/capabilities.ts';
import type { StrategyConfig } from '../../config/schema.ts';

/** What the workflow knows how to do. A strategy only puts these in order. */
export type StepAction =
  | 'stage'
  | 'probeCandidate'
  | 'shift'
  | 'watchShare'
  | 'advance'
  | 'watchBatch'
  | 'activate'
  | 'retirePrevious'
  | 'verify'
  | 'validate'
  | 'bake';

export interface PlannedStep {
  action: StepAction;
  /** The share of the traffic that the step is about. */
  percent?: number;
  /** How many of all instances have the release after the step. */
  instances?: { upTo: number; of: number };
  /** One line for people. */
  does: string;
}

/** Name of a step in the journal and in plans: `activate`, `shift 10%`, `advance 2/5`. */
export function nameOf({ action, percent, instances }: PlannedStep): string {
  if (instances !== undefined) return `${action} ${instances.upTo}/${instances.of}`;
  return percent === undefined ? action : `${action} ${percent}%`;
}

/** Whether a step of that name gives the new release traffic: what comes after it may need the way back. */
export function givesTraffic(name: string): boolean {
  return name === 'activate' || name.startsWith('shift ') || name.startsWith('advance ');
}

export interface PlanFacts {
  /** Version that would be deployed, and the one that is live now. */
  version: string;
  previousVersion?: string;
  capabilities: TargetCapabilities;
  /** On how many instances a release runs. */
  instances: number;
  /** Checks to run after the switch. */
  validate: readonly string[];
  strategy: StrategyConfig;
}

/** One way to bring a release live. Pure: adding one means adding one file and its test. */
export interface Strategy {
  kind: StrategyConfig['kind'];
  title: string;
  plan(facts: PlanFacts): PlannedStep[];
}
