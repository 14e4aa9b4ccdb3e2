import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from '../client.js';
import { startService } from '../service.js';

/** What customers rely on when they order; each case was promised, or broke once. */

let service;
let client;
before(async () => {
  service = await startService();
  client = createClient(service.url, { customer: 'regression' });
});
after(() => service.stop());

const accepted = [
  { name: 'one thing', items: [{ sku: 'note-a5', quantity: 1 }], totalCents: 895 },
  {
    name: 'several things',
    items: [
      { sku: 'note-a6', quantity: 2 },
      { sku: 'pencil-hb', quantity: 1 },
    ],
    totalCents: 1305,
  },
  {
    name: 'nine of one thing, at the full price',
    items: [{ sku: 'pencil-hb', quantity: 9 }],
    totalCents: 1035,
  },
  { name: 'ten of one thing, 5% cheaper', items: [{ sku: 'pencil-hb', quantity: 10 }], totalCents: 1092 },
  { name: 'the largest quantity', items: [{ sku: 'pencil-hb', quantity: 80 }], totalCents: 8740 },
  {
    name: 'things that are discounted and things that are not',
    items: [
      { sku: 'postcard', quantity: 30 },
      { sku: 'ink-blue', quantity: 1 },
    ],
    totalCents: 4710,
  },
];
for (const { name, items, totalCents } of accepted) {
  test(`accepts ${name}`, async () => {
    const { status, body } = await client.order(items);
    assert.equal(status, 201);
    assert.equal(body.totalCents, totalCents);
    assert.equal(body.subtotalCents - body.discountCents, totalCents);
    assert.equal(body.currency, 'EUR');
  });
}

const refused = [
  { name: 'an order of nothing', items: [] },
  { name: 'an unknown product', items: [{ sku: 'typewriter', quantity: 1 }] },
  { name: 'a quantity of zero', items: [{ sku: 'note-a5', quantity: 0 }] },
  { name: 'half a notebook', items: [{ sku: 'note-a5', quantity: 0.5 }] },
  { name: 'more than a hundred', items: [{ sku: 'note-a5', quantity: 101 }] },
  { name: 'a quantity in words', items: [{ sku: 'note-a5', quantity: 'two' }] },
  {
    name: 'the same product twice',
    items: [
      { sku: 'note-a5', quantity: 1 },
      { sku: 'note-a5', quantity: 1 },
    ],
  },
  { name: 'too many items', items: Array.from({ length: 51 }, () => ({ sku: 'note-a5', quantity: 1 })) },
];
for (const { name, items } of refused) {
  test(`refuses ${name}`, async () => {
    const { status, body } = await client.order(items);
    assert.equal(status, 422);
    assert.equal(body.error.code, 'invalidOrder');
  });
}

test('a price that the customer sends along is ignored', async () => {
  const { body } = await client.order([{ sku: 'desk-lamp', quantity: 1, unitCents: 1 }]);
  assert.equal(body.lines[0].unitCents, 12500);
});

test('the newest order comes first, and the limit holds', async () => {
  const first = await client.order([{ sku: 'postcard', quantity: 1 }]);
  const second = await client.order([{ sku: 'postcard', quantity: 2 }]);
  const { body } = await client.get('/orders?customer=regression&limit=2');
  assert.deepEqual(
    body.orders.map(({ id }) => id),
    [second.body.id, first.body.id],
  );
  assert.ok(body.total > 2);
});

test('an order without a customer is that of a guest', async () => {
  const { body } = await createClient(service.url).order([{ sku: 'postcard', quantity: 1 }]);
  assert.equal(body.customer, 'guest');
});
