import type { AnalysisProbe } from '../config/schema.ts';
import { formatThreshold } from '../config/values.ts';
import { meets } from '../gates/threshold.ts';

/** Judging what a probe of the analysis answered over a watch. Pure. */

/** One look: a number, or why there was none. */
export type Sample = { value: number } | { problem: string };

/** A look at the release, and at the live one at the same time where both are compared. */
export interface SamplePair {
  release: Sample;
  live?: Sample;
}

export class ProbeSamples {
  readonly #name: string;
  readonly #probe: AnalysisProbe;
  #good = 0;
  #bad = 0;
  #lastProblem = 'it was never asked';

  constructor(name: string, probe: AnalysisProbe) {
    this.#name = name;
    this.#probe = probe;
  }

  /** @returns why the release must go back, or undefined while it is good, or nothing can be said */
  add(pair: SamplePair): string | undefined {
    const problem = problemOf(pair);
    if (problem !== undefined) {
      this.#lastProblem = problem;
      return undefined;
    }
    const worse = this.#beyond(pair) ?? this.#worseThanLive(pair);
    if (worse === undefined) {
      this.#good += 1;
      return undefined;
    }
    this.#bad += 1;
    const { failureLimit } = this.#probe;
    if (this.#bad <= failureLimit) return undefined;
    const often = failureLimit === 0 ? '' : `, ${this.#bad} samples were, ${failureLimit} are forgiven`;
    return `${this.#name} is ${worse}${often}`;
  }

  /** Called at the end. @returns why the samples prove nothing, or undefined when they do */
  conclude(): string | undefined {
    const { minSamples } = this.#probe;
    const seen = this.#good + this.#bad;
    if (seen >= minSamples) return undefined;
    return `${this.#name} has ${seen} of the ${minSamples} samples that the analysis needs (${this.#lastProblem})`;
  }

  #beyond({ release }: SamplePair): string | undefined {
    const { limit } = this.#probe;
    if (!limit || !('value' in release) || meets(release.value, limit)) return undefined;
    return `${shown(release.value)}, required ${formatThreshold(limit)}`;
  }

  #worseThanLive({ release, live }: SamplePair): string | undefined {
    const { comparedToLive } = this.#probe;
    if (!comparedToLive || !live || !('value' in release) || !('value' in live)) return undefined;
    const most = live.value + Math.abs(live.value) * (comparedToLive.value / 100);
    if (comparedToLive.comparison === '<' ? release.value < most : release.value <= most) return undefined;
    return `${shown(release.value)} against ${shown(live.value)} of the live release at the same time, required ${formatThreshold(comparedToLive)}`;
  }
}

function problemOf({ release, live }: SamplePair): string | undefined {
  if ('problem' in release) return release.problem;
  return live && 'problem' in live ? `of the live release: ${live.problem}` : undefined;
}

const shown = (value: number) => String(Number(value.toPrecision(6)));
