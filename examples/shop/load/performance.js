import { serviceUnderTest } from '../test/service.js';
import { load } from './load.js';

/**
 * The performance check: real load on $TARGET_URL, or on a shop of its own, and what was measured as JSON.
 * LOAD_DURATION_MS (3000), LOAD_CONNECTIONS (8).
 */
const { LOAD_DURATION_MS = '3000', LOAD_CONNECTIONS = '8' } = process.env;

const service = await serviceUnderTest();
const measured = await load({
  url: service.url,
  durationMs: Number(LOAD_DURATION_MS),
  connections: Number(LOAD_CONNECTIONS),
});
await service.stop();

const { requests, errors } = measured;
const round = (value) => Math.round(value * 100) / 100;
const latency = (valueMs) => ({ value: round(valueMs), unit: 'ms', samples: requests - errors });
const metrics = {
  p50: latency(measured.p50Ms),
  p95: latency(measured.p95Ms),
  p99: latency(measured.p99Ms),
  errorRate: { value: requests === 0 ? 100 : round((errors / requests) * 100), unit: '%', samples: requests },
  throughput: { value: round(measured.throughput), unit: 'req/s', samples: requests },
};
process.stdout.write(`${JSON.stringify({ metrics })}\n`);
