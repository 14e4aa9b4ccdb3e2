import { median } from '../report.ts';

/** A line of the table. Every line has every column, or the table would not line up. */
export type Row = {
  size: string;
  format: string;
  what: string;
  contender: string;
  'median ms': number | string;
  'peak MB': number | string;
  'theirs / ours': string;
  note: string;
};

export interface Sample {
  ms: number;
  peakMb: number;
  failure?: string | undefined;
}

/** Who needs longer than this for all runs is spared the rest of them. */
const patienceMs = 90_000;

/** Whether another run would tell more: a failure repeats itself, and what is slow is known to be slow. */
export function isWorthAnotherRun(samples: Sample[]): boolean {
  if (samples.some(({ failure }) => failure !== undefined)) return false;
  return samples.reduce((sum, { ms }) => sum + ms, 0) < patienceMs;
}

/** What was measured of one contender; the first contender of a list is ours. */
export interface Measured {
  contender: string;
  samples: Sample[];
  note?: string;
}

/** What every row of one comparison has in common. */
export type Comparison = Pick<Row, 'size' | 'format' | 'what'>;

/** Rows of one comparison. Who failed even once has no figures, but says why. */
export function rowsOf(comparison: Comparison, [ours, ...theirs]: [Measured, ...Measured[]]): Row[] {
  const ourMs = medianMs(ours.samples);
  const runs = Math.max(...[ours, ...theirs].map(({ samples }) => samples.length));
  return [ours, ...theirs].map(({ contender, samples, note = '' }) => {
    const failure = samples.find((sample) => sample.failure !== undefined)?.failure;
    const ms = medianMs(samples);
    const ratio = ms / ourMs;
    return {
      ...comparison,
      contender,
      'median ms': failure === undefined ? rounded(ms) : 'failed',
      'peak MB': peakOf(samples),
      'theirs / ours': failure === undefined && Number.isFinite(ratio) ? ratio.toFixed(2) : '-',
      note: [failure, samples.length < runs && failure === undefined ? `runs: ${samples.length}` : '', note]
        .filter(Boolean)
        .join('; '),
    };
  });
}

/** A line for a contender that could not even be tried. */
export function absent(comparison: Comparison, contender: string, why: string): Row {
  return {
    ...comparison,
    contender,
    'median ms': '-',
    'peak MB': '-',
    'theirs / ours': '-',
    note: why,
  };
}

function medianMs(samples: Sample[]): number {
  if (samples.some(({ failure }) => failure !== undefined)) return Number.NaN;
  return median(samples.map(({ ms }) => ms));
}

/** The highest of all runs: a peak that was reached once can be reached again. */
function peakOf(samples: Sample[]): number | string {
  const peaks = samples.map(({ peakMb }) => peakMb).filter(Number.isFinite);
  return peaks.length === 0 ? '-' : Math.round(Math.max(...peaks));
}

function rounded(ms: number): number {
  return ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms);
}
