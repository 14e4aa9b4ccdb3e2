/** Times, written the way the neighbours write theirs. */

const secondsLimit = 1e11; // as seconds the year 5138, as milliseconds the year 1973
const isoPattern = /^\d{4}-\d{2}-\d{2}(?:([T ])\d{2}:\d{2}:\d{2}(?:\.(\d+))?(Z|[+-]00:?00)?)?$/;

/**
 * `now` (ISO 8601 UTC with milliseconds) in the form of `sample`: date only, with as many digits of a second, with
 * `Z`, `+00:00` or no zone, or as a number of seconds or milliseconds since 1970. Else as it came.
 */
export function timestampLike(sample: unknown, now: string): string | number {
  if (typeof sample === 'number') {
    const ms = Date.parse(now);
    return sample < secondsLimit ? Math.floor(ms / 1_000) : ms;
  }
  const match = typeof sample === 'string' ? isoPattern.exec(sample) : null;
  if (!match) return now;
  const [, separator, fraction, zone = ''] = match;
  const day = now.slice(0, 10);
  if (separator === undefined) return day;
  const digits =
    fraction === undefined
      ? ''
      : `.${now.slice(20, 23).padEnd(fraction.length, '0').slice(0, fraction.length)}`;
  return `${day}${separator}${now.slice(11, 19)}${digits}${zone}`;
}
