import { productOf } from './catalogue.js';
import { HttpError } from './http-error.js';

/** Reading what a customer sends: nothing of it is believed before it was looked at. */

const maxBodyBytes = 64 * 1024;
const maxItems = 50;
const maxQuantity = 100;
/** Who orders without saying who; many people at once. */
export const guest = 'guest';
const customerPattern = /^[\w.@-]{1,64}$/;

/** The JSON body of a request. @throws HttpError 400, 413, 415 */
export async function readJson(request) {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new HttpError(415, 'notJson', 'send the order as application/json');
  }
  const chunks = [];
  let bytes = 0;
  // Too long a body is read to its end, but not kept, so that the caller gets an answer instead of a reset.
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  if (bytes > maxBodyBytes)
    throw new HttpError(413, 'tooLarge', `an order has at most ${maxBodyBytes} bytes`);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new HttpError(400, 'notJson', 'the body is not JSON');
  }
}

/** The items of an order with their products. @throws HttpError 422 */
export function itemsOf(body) {
  const items = body?.items;
  if (!Array.isArray(items) || items.length === 0)
    throw invalid('items must be a list with at least one item');
  if (items.length > maxItems) throw invalid(`an order has at most ${maxItems} items`);
  const read = items.map(readItem);
  const skus = new Set(read.map(({ product }) => product.sku));
  if (skus.size < read.length) throw invalid('each product stands in an order once, with its quantity');
  return read;
}

/** Who orders: the `x-customer` header, or a guest. @throws HttpError 422 */
export function customerOf({ 'x-customer': customer }) {
  if (customer === undefined) return guest;
  if (!customerPattern.test(customer)) throw invalid('x-customer has up to 64 letters, digits, or _ . @ -');
  return customer;
}

function readItem(item, index) {
  const product = typeof item?.sku === 'string' ? productOf(item.sku) : undefined;
  if (!product) throw invalid(`items[${index}].sku is no product of this shop`);
  const { quantity } = item;
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > maxQuantity) {
    throw invalid(`items[${index}].quantity must be a whole number from 1 to ${maxQuantity}`);
  }
  return { product, quantity };
}

function invalid(message) {
  return new HttpError(422, 'invalidOrder', message);
}
