import { createServer } from 'node:http';
import { createApp } from './app.js';
import { createLog } from './log.js';
import { createMetrics } from './metrics.js';
import { openOrders } from './orders.js';

/**
 * Starts the shop.
 * PORT (0 takes any free one), SHOP_DATA or DEVOPS_SHARED_DIR (where the orders are), DEVOPS_VERSION.
 */
const { PORT = '3000', SHOP_DATA, DEVOPS_SHARED_DIR, DEVOPS_VERSION } = process.env;
const graceMs = 10_000;

const log = createLog();
const orders = await openOrders(SHOP_DATA || DEVOPS_SHARED_DIR || './data', { log });
const app = createApp({ orders, metrics: createMetrics(), version: DEVOPS_VERSION || 'dev', log });
// A proxy in front must be the one that ends idle connections, or it would send into a closing one.
const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 65_000 });

const open = new Set();
let stopping = false;

server.on('request', (request, response) => {
  open.add(response);
  response.once('close', () => {
    open.delete(response);
    if (stopping && open.size === 0) server.closeAllConnections();
  });
  app(request, response);
});

server.listen(Number(PORT), '127.0.0.1', () => {
  log.info(`listening on http://127.0.0.1:${server.address().port}`);
});

/** Takes no new connection, finishes what is open, and ends. */
function stop(signal) {
  if (stopping) return;
  stopping = true;
  log.info(`${signal}: finishing ${open.size} open requests`);
  for (const response of open) if (!response.headersSent) response.setHeader('connection', 'close');
  server.close(() => orders.close());
  if (open.size === 0) server.closeAllConnections();
  setTimeout(() => {
    log.error(`${open.size} requests did not end within ${graceMs} ms`);
    process.exit(1);
  }, graceMs).unref();
}

process.on('SIGTERM', stop);
process.on('SIGINT', stop);
