import type { AnalysisProbe } from '../config/schema.ts';
import { askForNumber } from '../operations/analysis-probes.ts';
import type { Effects } from './effects.ts';
import { ProbeSamples } from './probe-samples.ts';
import type { WatchPlan } from './watch-release.ts';

/** The probes of an analysis, each asked in its own interval for as long as a watch goes on. */
export class ProbeRounds {
  readonly #probes: { probe: AnalysisProbe; samples: ProbeSamples; dueAt: number }[];
  readonly #effects: Effects;
  readonly #plan: WatchPlan;

  constructor(effects: Effects, plan: WatchPlan) {
    this.#effects = effects;
    this.#plan = plan;
    this.#probes = Object.entries(plan.limits?.probes ?? {}).map(([name, probe]) => ({
      probe,
      samples: new ProbeSamples(name, probe),
      dueAt: 0,
    }));
  }

  /** Asks what is due. @returns why the release must go back, or undefined while it is good */
  async next(): Promise<string | undefined> {
    const now = performance.now();
    const due = this.#probes.filter(({ dueAt }) => dueAt <= now);
    const troubles = await Promise.all(
      due.map(async (one) => {
        one.dueAt = now + one.probe.interval;
        return one.samples.add(await this.#ask(one.probe));
      }),
    );
    return troubles.find((trouble) => trouble !== undefined);
  }

  conclude(): string | undefined {
    for (const { samples } of this.#probes) {
      const unproven = samples.conclude();
      if (unproven !== undefined) return unproven;
    }
    return undefined;
  }

  async #ask(probe: AnalysisProbe) {
    const { environment, version } = this.#effects.release;
    const { baseUrl, liveVersion } = this.#plan;
    const ask = (one: string) => askForNumber(probe, { environment, version: one, baseUrl });
    if (probe.comparedToLive === undefined || liveVersion === undefined)
      return { release: await ask(version) };
    const [release, live] = await Promise.all([ask(version), ask(liveVersion)]); // at the same time
    return { release, live };
  }
}
