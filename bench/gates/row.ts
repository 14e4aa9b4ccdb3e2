import { median } from '../report.ts';

/** A line of the table. Every line has every column, or the table would not line up. */
export type Row = {
  what: string;
  contender: string;
  'median ms': number | string;
  'MB/s': number | string;
  'peak MB': number | string;
  'theirs / ours': string;
  note: string;
};

export interface Sample {
  ms: number;
  peakMb?: number;
  failure?: string | undefined;
}

export interface Measured {
  contender: string;
  samples: Sample[];
  note?: string;
}

/** Rows of one comparison, ours first. Who failed even once has no figures, but says why. */
export function rowsOf(what: string, measured: readonly Measured[], megabytes?: number): Row[] {
  const ours = medianMs(measured[0]?.samples ?? []);
  return measured.map(({ contender, samples, note = '' }) => {
    const failure = samples.find((sample) => sample.failure !== undefined)?.failure;
    const ms = medianMs(samples);
    const peaks = samples.flatMap(({ peakMb }) =>
      peakMb === undefined || Number.isNaN(peakMb) ? [] : [peakMb],
    );
    const isKnown = failure === undefined && samples.length > 0;
    return {
      what,
      contender,
      'median ms': isKnown ? Math.round(ms) : samples.length === 0 ? '-' : 'failed',
      'MB/s': isKnown && megabytes !== undefined ? Math.round(megabytes / (ms / 1_000)) : '-',
      'peak MB': peaks.length > 0 ? Math.round(Math.max(...peaks)) : '-',
      'theirs / ours': isKnown ? (ms / ours).toFixed(2) : '-',
      note: [failure, note].filter(Boolean).join('; '),
    };
  });
}

function medianMs(samples: readonly Sample[]): number {
  return median(samples.map(({ ms }) => ms));
}
