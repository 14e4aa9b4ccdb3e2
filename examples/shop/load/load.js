import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Real load: shoppers who look around, order, and read their order. Each of a fixed number of connections serves one
 * shopper after the other.
 */

const requestTimeoutMs = 5_000;

/**
 * @param {object} options
 * @param {string} options.url base URL of the shop
 * @param {number} [options.durationMs] after this time no request is begun; open ones are waited for
 * @param {number} [options.connections]
 * @param {number} [options.customers] how many different shoppers there are; they come again in turn
 * @param {number} [options.requestsPerSecond] of all connections together; as many as possible when missing
 * @param {AbortSignal} [options.signal] ends the load before its time
 * @returns {Promise<{requests: number, errors: number, p50Ms: number, p95Ms: number, p99Ms: number, throughput: number}>}
 * every answer but 2xx is an error, as is none; percentiles are those of the good answers, throughput is in requests
 * per second
 */
export async function load({
  url,
  durationMs = 3_000,
  connections = 8,
  customers = 5,
  requestsPerSecond = Number.POSITIVE_INFINITY,
  signal,
}) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const startedAt = performance.now();
  const goodMs = [];
  let begun = 0;
  let visits = 0;
  let errors = 0;

  const isOver = () => signal?.aborted || performance.now() - startedAt >= durationMs;

  async function shop() {
    while (!isOver()) {
      const number = visits++;
      const steps = visit(number);
      let answer;
      for (let step = steps.next(); !step.done && !isOver(); step = steps.next(answer)) {
        const dueMs = startedAt + (begun++ * 1000) / requestsPerSecond - performance.now();
        if (dueMs >= 1) await sleep(dueMs);
        answer = await send({ agent, url, customer: `customer-${number % customers}`, ...step.value });
        if (answer.good) goodMs.push(answer.durationMs);
        else errors += 1;
      }
    }
  }

  await Promise.all(Array.from({ length: connections }, shop));
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  goodMs.sort((one, other) => one - other);
  const requests = goodMs.length + errors;
  return {
    requests,
    errors,
    p50Ms: percentile(goodMs, 50),
    p95Ms: percentile(goodMs, 95),
    p99Ms: percentile(goodMs, 99),
    throughput: requests / elapsedSeconds,
  };
}

const baskets = [
  [{ sku: 'pencil-hb', quantity: 3 }],
  [
    { sku: 'note-a5', quantity: 1 },
    { sku: 'ink-blue', quantity: 2 },
  ],
  [{ sku: 'postcard', quantity: 12 }],
  [
    { sku: 'desk-lamp', quantity: 1 },
    { sku: 'envelope-25', quantity: 4 },
  ],
];

/** The requests of one shopper; each step gets the answer to the one before. */
function* visit(number) {
  yield { method: 'GET', path: '/products' };
  const items = baskets[number % baskets.length];
  const ordered = yield { method: 'POST', path: '/orders', body: JSON.stringify({ items }) };
  if (ordered.good) yield { method: 'GET', path: `/orders/${JSON.parse(ordered.text).id}` };
  yield { method: 'GET', path: '/products' };
  yield { method: 'GET', path: '/orders?limit=10' };
}

/** One request to its end. Never rejects: no answer is an answer that is not good. */
function send({ agent, url, customer, method, path, body }) {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const headers = { 'x-customer': customer, ...(body && { 'content-type': 'application/json' }) };
    const request = httpRequest(`${url}${path}`, { agent, method, headers, timeout: requestTimeoutMs });
    const fail = () => resolve({ good: false });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', fail);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('error', fail);
      response.on('end', () => {
        const good = response.statusCode >= 200 && response.statusCode < 300;
        resolve({ good, text, durationMs: performance.now() - startedAt });
      });
    });
    request.end(body);
  });
}

/** The nearest-rank percentile of sorted values; 0 of none. */
function percentile(sorted, percent) {
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0;
}
