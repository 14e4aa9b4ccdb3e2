import type { EnvironmentConfig } from './schema.ts';

/**
 * What each kind of target can do, and what each strategy asks of one: known from the configuration alone, so that what
 * can never work is refused when it is read, not at midnight. Pure.
 */

export interface TargetCapabilities {
  /** Can run a release beside the live one, reachable privately before it gets traffic. */
  stage: boolean;
  /** `stage` copies a release there without starting it: what fails on the way has touched nothing that is live. */
  copiesFirst: boolean;
  /** Counts real traffic per release. */
  traffic: boolean;
  /** Tells what one release has written, apart from all others. */
  logs: boolean;
  /** Can give two releases a share of the traffic each. */
  weights: boolean;
  /** Can bring a release to some of its instances while the others go on with the one before. */
  batches: boolean;
  /** Can change how many instances of a service run. */
  scale: boolean;
}

type Kind = EnvironmentConfig['target']['kind'];
type Strategy = EnvironmentConfig['strategy']['kind'];

const nothing: TargetCapabilities = {
  stage: false,
  copiesFirst: false,
  traffic: false,
  logs: false,
  weights: false,
  batches: false,
  scale: false,
};

export const capabilitiesOf: Readonly<Record<Kind, TargetCapabilities>> = {
  process: { ...nothing, stage: true, traffic: true, logs: true, weights: true },
  container: { ...nothing, stage: true, traffic: true, logs: true, weights: true },
  compose: { ...nothing, copiesFirst: true, logs: true, scale: true },
  kubernetes: { ...nothing, copiesFirst: true, logs: true, scale: true },
  command: nothing,
  ssh: { ...nothing, copiesFirst: true, batches: true },
};

export const strategyNeeds: Readonly<Record<Strategy, readonly (keyof TargetCapabilities)[]>> = {
  allAtOnce: [],
  rolling: ['batches'],
  blueGreen: ['stage'],
  canary: ['stage', 'traffic', 'weights'],
};

const inWords: Record<keyof TargetCapabilities, string> = {
  stage: 'run two releases beside each other',
  copiesFirst: 'copy a release ahead of the switch',
  traffic: 'count traffic',
  logs: 'tell the log of one release',
  weights: 'share the traffic between two releases',
  batches: 'bring a release to some of its instances at a time',
  scale: 'change how many instances run',
};

/** What a strategy would need of a kind of target and does not get, in words; undefined when they fit. */
export function lackOf(kind: Kind, strategy: Strategy): string | undefined {
  const missing = strategyNeeds[strategy].filter((need) => !capabilitiesOf[kind][need]).at(-1);
  return missing && inWords[missing];
}

/** Strategies that a kind of target can follow. */
export function strategiesOf(kind: Kind): Strategy[] {
  return (Object.keys(strategyNeeds) as Strategy[]).filter((one) => lackOf(kind, one) === undefined);
}

/** Kinds of target on which the number of instances can be changed. */
export const scalableKinds = (Object.keys(capabilitiesOf) as Kind[]).filter(
  (kind) => capabilitiesOf[kind].scale,
);
