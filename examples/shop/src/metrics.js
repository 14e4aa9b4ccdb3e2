/** Counters and durations in the Prometheus text format (version 0.0.4). */

const bucketsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

export function createMetrics() {
  const requests = new Map();
  const durations = new Map();
  let orders = 0;

  return {
    /** @param {{route: string, method: string, status: number, durationMs: number}} served */
    observeRequest({ route, method, status, durationMs }) {
      const series = labels({ route, method, status });
      requests.set(series, (requests.get(series) ?? 0) + 1);
      const seconds = durationMs / 1000;
      const histogram = durations.get(route) ?? { buckets: bucketsSeconds.map(() => 0), sum: 0, count: 0 };
      durations.set(route, histogram);
      for (const [index, bound] of bucketsSeconds.entries()) {
        if (seconds <= bound) histogram.buckets[index] += 1;
      }
      histogram.sum += seconds;
      histogram.count += 1;
    },
    countOrder() {
      orders += 1;
    },
    text() {
      const lines = [
        '# HELP http_requests_total Requests answered, by route, method and status.',
        '# TYPE http_requests_total counter',
        ...Array.from(requests, ([series, count]) => `http_requests_total${series} ${count}`),
        '# HELP http_request_duration_seconds Time from the request to the end of its answer.',
        '# TYPE http_request_duration_seconds histogram',
        ...Array.from(durations, ([route, histogram]) => histogramLines(route, histogram)).flat(),
        '# HELP orders_total Orders accepted since this process was started.',
        '# TYPE orders_total counter',
        `orders_total ${orders}`,
      ];
      return `${lines.join('\n')}\n`;
    },
  };
}

function histogramLines(route, { buckets, sum, count }) {
  const name = 'http_request_duration_seconds';
  return [
    ...buckets.map(
      (inside, index) => `${name}_bucket${labels({ route, le: bucketsSeconds[index] })} ${inside}`,
    ),
    `${name}_bucket${labels({ route, le: '+Inf' })} ${count}`,
    `${name}_sum${labels({ route })} ${sum}`,
    `${name}_count${labels({ route })} ${count}`,
  ];
}

function labels(values) {
  const pairs = Object.entries(values).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`);
  return `{${pairs.join(',')}}`;
}

function escapeLabel(value) {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
