import { parseUnambiguous } from './json-text.ts';
import { type K6Metric, type K6Threshold, percentileIn, percentileKey } from './k6-thresholds.ts';
import { Quantiles } from './quantiles.ts';
import { decodeLines } from './text.ts';
import { Unreadable } from './unreadable.ts';

const kinds = ['trend', 'counter', 'rate', 'gauge'] as const;
type Kind = (typeof kinds)[number];

/** What the built-in metrics are, for a file from which the declarations were filtered out. */
const builtIn: Readonly<Record<string, Kind>> = {
  http_req_duration: 'trend',
  http_reqs: 'counter',
  http_req_failed: 'rate',
  checks: 'rate',
};

/** Percentiles that every load test gives. */
const percentiles = [90, 95, 97.5, 99, 99.9];

/** More different metrics than any script declares. */
const maxMetrics = 10_000;

/** What came of the points of one metric. */
class Sink {
  readonly kind: Kind;
  readonly thresholds: readonly K6Threshold[];
  /** Only where percentiles are asked for: they take memory. */
  readonly #quantiles: Quantiles | undefined;
  #count = 0;
  #sum = 0;
  #trues = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #last = 0;

  constructor(name: string, kind: Kind, thresholds: readonly K6Threshold[]) {
    this.kind = kind;
    this.thresholds = thresholds;
    const isAsked = kind === 'trend' && (name === 'http_req_duration' || thresholds.length > 0);
    if (isAsked) this.#quantiles = new Quantiles();
  }

  add(value: number): void {
    this.#count++;
    this.#sum += value;
    if (value !== 0) this.#trues++;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    this.#last = value;
    this.#quantiles?.add(value);
  }

  /** By k6's names of its aggregations. */
  values(seconds: number): Record<string, number> {
    const count = this.#count;
    if (this.kind === 'counter')
      return { count: this.#sum, ...(seconds > 0 && { rate: this.#sum / seconds }) };
    if (this.kind === 'rate') {
      return { passes: this.#trues, fails: count - this.#trues, rate: count === 0 ? 0 : this.#trues / count };
    }
    if (count === 0) return { count };
    if (this.kind === 'gauge') return { value: this.#last, min: this.#min, max: this.#max };
    return { count, avg: this.#sum / count, min: this.#min, max: this.#max, ...this.#percentiles() };
  }

  #percentiles(): Record<string, number> {
    const asked = this.thresholds.flatMap((threshold) => percentileIn(threshold) ?? []);
    const found: [string, number | undefined][] = [
      ['med', this.#quantiles?.at(0.5)],
      ...[...percentiles, ...asked].map((percentile): [string, number | undefined] => [
        percentileKey(percentile),
        this.#quantiles?.at(percentile / 100),
      ]),
    ];
    return Object.fromEntries(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  }
}

/** A line of `--out json`; nothing of it is certain before it was looked at. */
interface Line {
  type?: unknown;
  metric?: unknown;
  data?: { type?: unknown; thresholds?: unknown; time?: unknown; value?: unknown } | null;
}

/**
 * The metrics of `--out json` (JSON Lines, one per sample) as k6 itself would sum them up. Thresholds on submetrics
 * are not in the file: k6 tells of those by its exit code.
 * @throws Unreadable
 */
export async function metricsInPoints(report: AsyncIterable<Uint8Array>): Promise<K6Metric[]> {
  const reading = new PointsReading();
  for await (const line of decodeLines(report)) reading.write(line);
  return reading.metrics();
}

class PointsReading {
  readonly #sinks = new Map<string, Sink>();
  #begunMs = Number.POSITIVE_INFINITY;
  #endedMs = Number.NEGATIVE_INFINITY;

  write(text: string): void {
    if (text.trim() === '') return;
    if (!text.endsWith('\n')) throw new Unreadable('breaks off in the middle of a line');
    const { type, metric, data } = parse(text);
    if (typeof metric !== 'string' || !data) throw new Unreadable(`not a line of k6: ${text}`);
    if (type === 'Metric') this.#declare(metric, data);
    else if (type === 'Point') this.#count(metric, data);
    else throw new Unreadable(`not a line of k6: ${text}`);
  }

  metrics(): K6Metric[] {
    const seconds = (this.#endedMs - this.#begunMs) / 1_000;
    return [...this.#sinks].map(([name, sink]) => ({
      name,
      values: sink.values(seconds),
      thresholds: sink.thresholds,
    }));
  }

  #declare(name: string, { type, thresholds }: NonNullable<Line['data']>): void {
    const kind = kinds.find((one) => one === type);
    if (!kind) throw new Unreadable(`${name} is of no kind that k6 has: ${String(type)}`);
    const sources = Array.isArray(thresholds) ? thresholds.map((source) => ({ source: String(source) })) : [];
    if (!this.#sinks.has(name)) this.#open(name, new Sink(name, kind, sources));
  }

  #count(name: string, { time, value }: NonNullable<Line['data']>): void {
    const atMs = typeof time === 'string' ? Date.parse(time) : Number.NaN;
    if (typeof value !== 'number' || Number.isNaN(atMs)) {
      throw new Unreadable(`a point of ${name} without a time or a value`);
    }
    this.#begunMs = Math.min(this.#begunMs, atMs);
    this.#endedMs = Math.max(this.#endedMs, atMs);
    const sink = this.#sinks.get(name) ?? this.#undeclared(name);
    sink?.add(value);
  }

  #undeclared(name: string): Sink | undefined {
    const kind = Object.hasOwn(builtIn, name) ? builtIn[name] : undefined;
    return kind && this.#open(name, new Sink(name, kind, []));
  }

  #open(name: string, sink: Sink): Sink {
    if (this.#sinks.size === maxMetrics) throw new Unreadable(`more than ${maxMetrics} metrics`);
    this.#sinks.set(name, sink);
    return sink;
  }
}

function parse(text: string): Line {
  try {
    return (parseUnambiguous(text) as Line | null) ?? {};
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable(`a line is not JSON: ${text}`);
  }
}
