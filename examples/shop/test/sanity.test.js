import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { counterIn, createClient } from './client.js';
import { serviceUnderTest } from './service.js';

/** Does it earn money? The paths that the business lives on; others may be ordering at the same time. */

const customer = `sanity-${randomUUID()}`;
let service;
let client;
before(async () => {
  service = await serviceUnderTest();
  client = createClient(service.url, { customer });
});
after(() => service.stop());

test('an order is accepted and can be read again', async () => {
  const placed = await client.order([{ sku: 'note-a5', quantity: 1 }]);
  assert.equal(placed.status, 201);
  const read = await client.get(placed.headers.get('location'));
  assert.deepEqual(read.body, placed.body);
});

test('an order costs the sum of its lines', async () => {
  const { body } = await client.order([
    { sku: 'pencil-hb', quantity: 3 },
    { sku: 'ink-blue', quantity: 1 },
  ]);
  assert.equal(body.totalCents, 3 * 115 + 1290);
});

test('many of one thing are cheaper', async () => {
  const { body } = await client.order([{ sku: 'postcard', quantity: 20 }]);
  assert.equal(body.discountCents, 120);
  assert.equal(body.totalCents, 2280);
});

test('an order stands in the list of its customer', async () => {
  const { body } = await client.order([{ sku: 'envelope-25', quantity: 2 }]);
  const list = await client.get(`/orders?customer=${customer}`);
  assert.equal(list.body.orders[0].id, body.id);
});

test('a wrong order is refused and leaves nothing behind', async () => {
  const before = await client.get(`/orders?customer=${customer}`);
  const refused = await client.order([{ sku: 'note-a5', quantity: -3 }]);
  assert.equal(refused.status, 422);
  const after = await client.get(`/orders?customer=${customer}`);
  assert.equal(after.body.total, before.body.total);
});

test('an accepted order is counted', async () => {
  const before = counterIn((await client.get('/metrics')).text, 'orders_total');
  await client.order([{ sku: 'pencil-hb', quantity: 1 }]);
  const after = counterIn((await client.get('/metrics')).text, 'orders_total');
  assert.ok(after > before, `orders_total stayed at ${after}`);
});
