import { HttpError } from './http-error.js';
import { guest } from './order-request.js';

/**
 * What the shop remembers of each customer, in memory. A session ends half an hour after its customer was last seen;
 * there are never more than `capacity`, so that memory cannot run out.
 */
export function createSessions({ capacity = 200, idleMs = 30 * 60_000, now = Date.now } = {}) {
  const sessions = new Map();

  function endIdle() {
    for (const [customer, session] of sessions) {
      if (now() - session.seenAt > idleMs) sessions.delete(customer);
    }
  }

  /** The session of a customer, begun if there is none. @throws HttpError 503 when there is no room for one */
  function sessionOf(customer) {
    if (customer === guest) return { lastOrdered: [] };
    let session = sessions.get(customer);
    if (!session) {
      if (sessions.size >= capacity) endIdle();
      if (sessions.size >= capacity) {
        throw new HttpError(503, 'noSession', `all ${capacity} customer sessions are taken`);
      }
      session = { lastOrdered: [] };
      sessions.set(customer, session);
    }
    session.seenAt = now();
    return session;
  }

  return {
    /** The products of the customer's last order. */
    lastOrderedBy: (customer) => sessionOf(customer).lastOrdered,
    /** Makes sure that the order can be remembered once it is placed. */
    begin: (customer) => void sessionOf(customer),
    remember(customer, order) {
      sessionOf(customer).lastOrdered = order.lines.map(({ sku }) => sku);
    },
  };
}
