/** A rate (0 to 1) in percent, without the noise of binary fractions: 29 for 0.29. */
export function percentOfRate(rate: number): number {
  return Math.round(rate * 1e10) / 1e8;
}
