import { randomUUID } from 'node:crypto';
import { allProducts, currency } from './catalogue.js';
import { HttpError } from './http-error.js';
import { metricsType } from './metrics.js';
import { customerOf, itemsOf, readJson } from './order-request.js';
import { priceOrder } from './pricing.js';
import { createRouter } from './router.js';
import { createSessions } from './sessions.js';

const defaultLimit = 50;
const maxLimit = 200;

/** The shop's HTTP interface as a request listener. */
export function createApp({ orders, metrics, version, log }) {
  const sessions = createSessions();
  const showHealth = () => ({ status: 200, body: { status: 'ok', version } });
  const showMetrics = () => ({ status: 200, type: metricsType, body: metrics.text() });

  function showProducts({ request }) {
    const lastOrdered = sessions.lastOrderedBy(customerOf(request.headers));
    return { status: 200, body: { products: allProducts(), currency, lastOrdered } };
  }

  async function placeOrder({ request }) {
    const customer = customerOf(request.headers);
    sessions.begin(customer);
    const priced = priceOrder(itemsOf(await readJson(request)));
    const order = { id: randomUUID(), placedAt: new Date().toISOString(), customer, currency, ...priced };
    await orders.add(order);
    metrics.countOrder();
    sessions.remember(customer, order);
    return { status: 201, body: order, headers: { location: `/orders/${order.id}` } };
  }

  async function showOrder({ params }) {
    const order = await orders.get(params.id);
    if (!order) throw new HttpError(404, 'unknownOrder', 'there is no order of this id');
    return { status: 200, body: order };
  }

  async function listOrders({ query }) {
    const customer = query.get('customer') ?? undefined;
    return { status: 200, body: await orders.list({ customer, limit: limitOf(query) }) };
  }

  return createRouter(
    [
      { method: 'GET', path: '/healthz', handle: showHealth },
      { method: 'GET', path: '/metrics', handle: showMetrics },
      { method: 'GET', path: '/products', handle: showProducts },
      { method: 'GET', path: '/orders', handle: listOrders },
      { method: 'POST', path: '/orders', handle: placeOrder },
      { method: 'GET', path: '/orders/:id', handle: showOrder },
    ],
    { observe: metrics.observeRequest, log },
  );
}

function limitOf(query) {
  const limit = Number(query.get('limit') ?? defaultLimit);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new HttpError(422, 'invalidLimit', `limit must be a whole number from 1 to ${maxLimit}`);
  }
  return limit;
}
