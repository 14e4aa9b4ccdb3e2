import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { customerOf, itemsOf, readJson } from '../../src/order-request.js';

function requestOf(body, type = 'application/json') {
  return Object.assign(Readable.from([Buffer.from(body)]), { headers: { 'content-type': type } });
}

test('a JSON body is read', async () => {
  assert.deepEqual(await readJson(requestOf('{"items":[]}')), { items: [] });
});

test('a body of another type is refused', async () => {
  await assert.rejects(readJson(requestOf('{}', 'text/plain')), { status: 415 });
});

test('a body that is no JSON is refused', async () => {
  await assert.rejects(readJson(requestOf('{"items":')), { status: 400 });
});

test('a body that is too long is refused', async () => {
  await assert.rejects(readJson(requestOf(`"${'x'.repeat(70_000)}"`)), { status: 413 });
});

test('items come with their product', () => {
  const [item] = itemsOf({ items: [{ sku: 'pencil-hb', quantity: 4 }] });
  assert.equal(item.product.unitCents, 115);
  assert.equal(item.quantity, 4);
});

test('what is no order is refused', () => {
  for (const body of [
    null,
    3,
    {},
    { items: 'x' },
    { items: [] },
    { items: [null] },
    { items: [{ quantity: 1 }] },
  ]) {
    assert.throws(() => itemsOf(body), { status: 422 }, JSON.stringify(body));
  }
});

test('names from the prototype are no products', () => {
  for (const sku of ['constructor', '__proto__', 'toString']) {
    assert.throws(() => itemsOf({ items: [{ sku, quantity: 1 }] }), { status: 422 });
  }
});

test('quantities are whole numbers from 1 to 100', () => {
  for (const quantity of [0, -1, 1.5, 101, '2', null, Number.NaN]) {
    assert.throws(
      () => itemsOf({ items: [{ sku: 'pencil-hb', quantity }] }),
      { status: 422 },
      String(quantity),
    );
  }
});

test('a product stands in an order once', () => {
  const twice = { sku: 'pencil-hb', quantity: 1 };
  assert.throws(() => itemsOf({ items: [twice, twice] }), /once/);
});

test('who does not say so is a guest', () => {
  assert.equal(customerOf({}), 'guest');
  assert.equal(customerOf({ 'x-customer': 'lena@shop.example' }), 'lena@shop.example');
  assert.throws(() => customerOf({ 'x-customer': '<script>' }), { status: 422 });
});
