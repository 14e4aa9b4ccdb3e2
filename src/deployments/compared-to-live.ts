import type { Threshold } from '../config/values.ts';
import { formatThreshold } from '../config/values.ts';
import type { Traffic } from './targets/types.ts';

/** A new release against the one that is live at the same time: what both suffer from is no fault of the new one. Pure. */

export interface Comparison {
  comparedToLive: Threshold;
  /** Which figures count: those that have a limit of their own. */
  compares: { errorRate: boolean; p95: boolean; p99: boolean };
  minRequests: number;
}

/** So rarely may a release as good as the live one be taken for a worse one, for each look. */
const chance = 0.01;

/** @returns what is worse than the limit allows, or undefined, also while too few requests came to tell */
export function worseThanLive(
  release: Traffic,
  live: Traffic,
  { comparedToLive, compares, minRequests }: Comparison,
): string | undefined {
  if (release.requests < minRequests || live.requests < minRequests) return undefined;
  const factor = 1 + comparedToLive.value / 100;
  const limit = `the live release's at the same time, required ${formatThreshold(comparedToLive)}`;
  if (compares.errorRate && moreErrors(release, live, factor)) {
    return `${release.errors} of ${release.requests} requests failed, ${live.errors} of ${live.requests} of ${limit}`;
  }
  for (const figure of ['p95', 'p99'] as const) {
    const [valueMs, liveMs] = [release[`${figure}Ms`], live[`${figure}Ms`]];
    if (compares[figure] && valueMs > liveMs * factor) {
      return `${figure} ${Math.round(valueMs)} ms against ${Math.round(liveMs)} ms, ${limit}`;
    }
  }
  return undefined;
}

/**
 * Whether errors are more frequent than `factor` times the live release's, beyond what chance explains: the conditional
 * test of two Poisson rates (Przyborowski and Wilenski 1940). Given all errors of both, those of the new release are
 * binomial; one error in few requests proves nothing then, and many do.
 */
function moreErrors(release: Traffic, live: Traffic, factor: number): boolean {
  const share = (release.requests * factor) / (release.requests * factor + live.requests);
  return atLeast(release.errors, release.errors + live.errors, share) < chance;
}

/** Probability of `k` or more successes in `n` trials of probability `p`: the tail, from its first term on. */
function atLeast(k: number, n: number, p: number): number {
  if (k <= n * p) return 1; // no more than was to be expected
  let term = Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
  let sum = 0;
  for (let i = k; i <= n && term > sum * Number.EPSILON; i += 1) {
    sum += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return sum;
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= Math.min(k, n - k); i += 1) sum += Math.log(n - i + 1) - Math.log(i);
  return sum;
}
