import type { AnalysisLimits } from '../config/schema.ts';
import { formatThreshold, type Threshold } from '../config/values.ts';
import { meets } from '../gates/threshold.ts';
import type { Probe } from '../operations/probes.ts';
import { type Comparison, worseThanLive } from './compared-to-live.ts';
import type { Traffic } from './targets/types.ts';

/** Judging a release while it is watched. Pure: the workflow feeds it one observation per interval. */

export interface Observation {
  probe: Probe;
  /** Whether the probe showed the release that is being watched. */
  rightVersion: boolean;
  /** Counted by the target since the switch; undefined where it cannot. */
  traffic?: Traffic;
  /** Of the release before, counted over the same time; only while both have traffic. */
  live?: Traffic | undefined;
}

/** One lost probe is weather; these many in a row, or in all, are an illness. */
const badProbesInARow = 2;
const badProbesInAll = 3;
/** The window in which a rising error rate shows, in observations. */
const windowLength = 8;

/** The limits of any strategy; those of a canary may compare, too. */
export type WatchLimits = AnalysisLimits & { comparedToLive?: Threshold | undefined };

export class Watch {
  readonly #limits: WatchLimits | undefined;
  readonly #countsTraffic: boolean;
  readonly #comparison: Comparison | undefined;
  readonly #traffic: Traffic[] = [];
  #live: Traffic | undefined;
  #inARow = 0;
  #inAll = 0;

  /**
   * @param limits a comparison with the live release counts only where one is observed
   * @param countsTraffic whether the target can tell of traffic at all: then too little of it proves nothing
   */
  constructor(limits: WatchLimits | undefined, { countsTraffic = true }: { countsTraffic?: boolean } = {}) {
    this.#limits = limits;
    this.#countsTraffic = countsTraffic;
    this.#comparison = limits && comparisonOf(limits);
  }

  /** @returns why the release must go back, or undefined while it is good */
  observe({ probe, rightVersion, traffic, live }: Observation): string | undefined {
    if (probe.healthy && !rightVersion)
      return `it serves ${probe.servedVersion ?? 'no version'} instead of the new release`;
    this.#inARow = probe.healthy ? 0 : this.#inARow + 1;
    this.#inAll += probe.healthy ? 0 : 1;
    if (this.#inARow >= badProbesInARow || this.#inAll >= badProbesInAll) {
      return `${this.#inAll} probes failed, the last with: ${probe.problem ?? 'no answer'}`;
    }
    if (!this.#limits || !traffic) return undefined;
    this.#traffic.push(traffic);
    const oldest = this.#traffic.at(-windowLength - 1) ?? nothing;
    const window = { requests: traffic.requests - oldest.requests, errors: traffic.errors - oldest.errors };
    this.#live = live;
    return (
      this.#beyond(window) ?? this.#beyond(traffic) ?? this.#tooSlow(traffic) ?? this.#worse(traffic, live)
    );
  }

  /** Called once at the end. @returns why the watch proved nothing, or undefined when it did */
  conclude(): string | undefined {
    if (!this.#limits || !this.#countsTraffic) return undefined;
    const { minRequests } = this.#limits;
    const requests = this.#traffic.at(-1)?.requests ?? 0;
    if (requests < minRequests) {
      return `only ${requests} of the ${minRequests} requests that the analysis needs were seen`;
    }
    if (!this.#comparison || (this.#live?.requests ?? 0) >= minRequests) return undefined;
    return `only ${this.#live?.requests ?? 0} requests of the live release were seen, ${minRequests} are needed to compare`;
  }

  #worse(traffic: Traffic, live: Traffic | undefined): string | undefined {
    return this.#comparison && live && worseThanLive(traffic, live, this.#comparison);
  }

  #beyond({ requests, errors }: Pick<Traffic, 'requests' | 'errors'>): string | undefined {
    const { errorRate, minRequests } = this.#limits as AnalysisLimits;
    if (!errorRate || requests < minRequests) return undefined;
    const percent = (errors / requests) * 100;
    if (meets(errorRate.unit === '%' ? percent : percent / 100, errorRate)) return undefined;
    return `error rate ${percent.toFixed(1)}% (${errors} of ${requests} requests), required ${formatThreshold(errorRate)}`;
  }

  #tooSlow(traffic: Traffic): string | undefined {
    const { p95, p99, minRequests } = this.#limits as AnalysisLimits;
    if (traffic.requests < minRequests) return undefined;
    for (const [name, limit, valueMs] of [
      ['p95', p95, traffic.p95Ms],
      ['p99', p99, traffic.p99Ms],
    ] as const) {
      if (limit && !meets(limit.unit === 's' ? valueMs / 1_000 : valueMs, limit)) {
        return `${name} ${Math.round(valueMs)} ms over ${traffic.requests} requests, required ${formatThreshold(limit)}`;
      }
    }
    return undefined;
  }
}

function comparisonOf({
  comparedToLive,
  errorRate,
  p95,
  p99,
  minRequests,
}: WatchLimits): Comparison | undefined {
  if (!comparedToLive) return undefined;
  const compares = { errorRate: !!errorRate, p95: !!p95, p99: !!p99 };
  return { comparedToLive, compares, minRequests };
}

const nothing = { requests: 0, errors: 0 };
