import type { Requirement } from '../../../src/config/schema.ts';
import { all, inMarkup, matching, numberBehind, pairs } from './facts.ts';
import { atLeast, atMost, type Kind } from './seed.ts';

/** Formats that measure: one report, and a gate that it does not pass beside one that it does. */
export const measured: readonly [file: string, format: string, red: Kind, green: Requirement][] = [
  [
    'lcov.info',
    'lcov',
    {
      demand: { lines: atLeast(100, '%') },
      facts: pairs(/^LF:(\d+)\s+LH:(\d+)\s/m),
      hasNoEnd: true,
    },
    { lines: atLeast(50, '%') },
  ],
  [
    'cobertura.xml',
    'cobertura',
    {
      demand: { lines: atLeast(100, '%') },
      facts: inMarkup(
        all(
          numberBehind(/<coverage\b[^>]*\bline-rate="/, (rate) => rate < 1),
          pairs(/<coverage\b[^>]*\blines-valid="(\d+)" lines-covered="(\d+)"/),
        ),
      ),
    },
    { lines: atLeast(70, '%') },
  ],
  [
    'coverage-summary.json',
    'istanbul',
    {
      demand: { lines: atLeast(100, '%') },
      facts: pairs(/"lines"\s*:\s*\{\s*"total"\s*:\s*(\d+)\s*,\s*"covered"\s*:\s*(\d+)\s*[,}]/),
    },
    { lines: atLeast(70, '%') },
  ],
  [
    'coverage-final.json',
    'istanbul',
    {
      demand: { statements: atLeast(100, '%') },
      facts: matching(/"s"\s*:\s*\{[^}]*:\s*0\s*[,}]/),
    },
    { lines: atLeast(20, '%') },
  ],
  [
    'autocannon.json',
    'autocannon',
    {
      demand: { p99: atMost(10, 'ms'), errorRate: atMost(0, '%') },
      facts: all(
        numberBehind(/"p99"\s*:\s*/, (ms) => ms > 10),
        numberBehind(/"(?:errors|timeouts|mismatches|non2xx)"\s*:\s*/, (count) => count > 0),
      ),
    },
    { p99: atMost(50, 'ms'), errorRate: atMost(5, '%') },
  ],
  [
    'k6-export.json',
    'k6',
    {
      demand: { p95: atMost(20, 'ms'), errorRate: atMost(0, '%') },
      facts: numberBehind(/"p\(95\)"\s*:\s*/, (ms) => ms > 20),
    },
    { p95: atMost(50, 'ms') },
  ],
  [
    'k6-summary.json',
    'k6',
    {
      demand: { p95: atMost(50, 'ms') },
      facts: all(
        numberBehind(/"p\(95\)"\s*:\s*/, (ms) => ms > 50),
        matching(/"ok"\s*:\s*false/),
      ),
    },
    { p95: atMost(50, 'ms') },
  ],
  [
    'k6-points.jsonl',
    'k6',
    {
      demand: { max: atMost(30, 'ms') },
      facts: matching(
        /^\{"metric":"http_req_duration","type":"Point","data":\{"time":"[^"]*","value":40[,}]/m,
      ),
      hasNoEnd: true,
    },
    { max: atMost(50, 'ms') },
  ],
  [
    'artillery.json',
    'artillery',
    {
      demand: { p99: atMost(20, 'ms'), errorRate: atMost(0, '%') },
      facts: all(
        numberBehind(/"(?:http\.codes\.503|errors\.ETIMEDOUT|vusers\.failed)"\s*:\s*/, (count) => count > 0),
      ),
    },
    { p99: atMost(60, 'ms') },
  ],
  [
    'lighthouse.json',
    'lighthouse',
    {
      demand: { performance: atLeast(95, '%') },
      facts: numberBehind(/"title"\s*:\s*"Performance"\s*,\s*"score"\s*:\s*/, (score) => score < 0.95),
    },
    { performance: atLeast(90, '%'), lcp: atMost(1_000, 'ms') },
  ],
  [
    'wrk.txt',
    'wrk',
    {
      demand: { p99: atMost(100, 'ms'), errorRate: atMost(0, '%') },
      facts: all(
        matching(/^\s*99%\s+1\.00s\s*$/m),
        numberBehind(/^\s*Non-2xx or 3xx responses: |connect |timeout /, (count) => count > 0),
      ),
    },
    { p90: atMost(100, 'ms') },
  ],
  [
    'metrics.json',
    'metrics',
    {
      demand: { p99: atMost(10, 'ms') },
      facts: numberBehind(/"p99"\s*:\s*\{\s*"value"\s*:\s*/, (ms) => ms > 10),
    },
    { p99: atMost(20, 'ms') },
  ],
];
