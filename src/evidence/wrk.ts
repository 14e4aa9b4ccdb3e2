import { type LatencyName, loadEvidence } from './load.ts';
import { decodeLines } from './text.ts';
import type { EvidenceFormat } from './types.ts';
import { evidenceFormat, Unreadable } from './unreadable.ts';

/**
 * What wrk 3 and 4, wrk2 and giltene's wrk print (`print_stats` in wrk.c). Percentiles are there with `--latency`
 * only; of wrk2's distributions the first counts, the one that is corrected for coordinated omission.
 */
export const wrk: EvidenceFormat = evidenceFormat({
  name: 'wrk',
  kind: 'metrics',
  title: 'wrk',
  detect: (head) => /^[ \t]*Running \S+ test @ /m.test(head) && /^\s*\d+ threads? and \d+ conn/m.test(head),
  async read(report) {
    const reading = new WrkReading();
    for await (const line of decodeLines(report)) reading.write(line.trim());
    return reading.evidence();
  },
});

const percentileNames: Readonly<Record<string, LatencyName>> = {
  '50': 'p50',
  '90': 'p90',
  '95': 'p95',
  '97.5': 'p97_5',
  '99': 'p99',
  '99.9': 'p99_9',
};

class WrkReading {
  readonly #latencies: Partial<Record<LatencyName, number>> = {};
  #columns: string[] = [];
  #runs = 0;
  #distributions = 0;
  #requests: number | undefined;
  #throughput: number | undefined;
  #unanswered = 0;
  #bad = 0;
  #complete = false;

  /** Takes the next line. @throws Unreadable */
  write(line: string): void {
    if (/^Running \S+ test @ /.test(line)) this.#runs++;
    else if (line.startsWith('Thread Stats')) this.#columns = line.split(/\s+/).slice(2);
    else if (/^Latency\s+[-\d]/.test(line)) this.#readLatency(line.split(/\s+/).slice(1));
    else if (line.startsWith('Latency Distribution')) this.#distributions++;
    else if (/^[\d.]+%\s/.test(line)) this.#readPercentile(line);
    else if (/\brequests in\b/.test(line)) this.#requests = numberIn(/^(\S+) requests in\b/, line);
    else if (line.startsWith('Socket errors:')) this.#unanswered += sumOf(line);
    else if (line.startsWith('Non-2xx')) this.#bad += sumOf(line);
    else if (line.startsWith('Requests/sec:')) this.#throughput = numberIn(/^Requests\/sec:\s*(\S+)$/, line);
    else if (/^Transfer\/sec:\s*\S*B$/.test(line)) this.#complete = true;
  }

  evidence() {
    if (this.#runs === 0) throw new Unreadable('not what wrk prints: it does not say what was run');
    if (this.#runs > 1) throw new Unreadable(`${this.#runs} runs in one report: which of them counts?`);
    if (this.#requests === undefined || this.#throughput === undefined || !this.#complete)
      throw new Unreadable('breaks off before the end of the run');
    if (this.#requests === 0) throw new Unreadable('no request was answered');
    return loadEvidence('wrk', {
      latencies: this.#latencies,
      measured: this.#requests,
      requests: { sent: this.#requests + this.#unanswered, failed: this.#unanswered + this.#bad },
      throughput: { value: this.#throughput, answers: this.#requests },
    });
  }

  #readLatency(values: string[]): void {
    for (const [at, column] of this.#columns.entries()) {
      const name = { Avg: 'mean', Max: 'max', '99%': 'p99' }[column];
      if (name !== undefined) this.#keep(name as LatencyName, values[at]);
    }
  }

  #readPercentile(line: string): void {
    const [percentile = '', value] = line.split(/%\s+/);
    const name = percentileNames[String(Number(percentile))];
    if (this.#distributions === 1 && name) this.#keep(name, value);
  }

  #keep(name: LatencyName, time: string | undefined): void {
    const ms = millisecondsOf(time ?? '');
    if (ms !== undefined) this.#latencies[name] = ms;
  }
}

const microseconds: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, m: 6e7, h: 3.6e9 };

/** `2.46ms`; undefined for what is no time, such as `-nan`. */
function millisecondsOf(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^([\d.,]+)(us|ms|s|m|h)$/.exec(text.trim()) ?? [];
  const factor = microseconds[unit];
  const value = numberOf(digits);
  return factor === undefined || value === undefined ? undefined : (value * factor) / 1_000;
}

/** Also with separators between thousands: `1,234,567.8`. */
function numberOf(digits: string): number | undefined {
  return /^(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$/.test(digits) ? Number(digits.replaceAll(',', '')) : undefined;
}

function numberIn(pattern: RegExp, line: string): number {
  const value = numberOf(pattern.exec(line)?.[1] ?? '');
  if (value === undefined) throw new Unreadable(`no number in: ${line}`);
  return value;
}

/** `Socket errors: connect 0, read 1, write 0, timeout 12`. */
function sumOf(line: string): number {
  const numbers = line.slice(line.indexOf(':')).match(/\d[\d,]*(?=[\s,;)]|$)/g) ?? [];
  const values = numbers.map((digits) => numberOf(digits.replace(/,$/, '')));
  if (values.length === 0 || values.includes(undefined)) throw new Unreadable(`no number in: ${line}`);
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
