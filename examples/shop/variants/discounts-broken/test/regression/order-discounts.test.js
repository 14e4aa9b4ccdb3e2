import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from '../client.js';
import { startService } from '../service.js';

/** What customers were promised with release 1.1. */

let service;
let client;
before(async () => {
  service = await startService();
  client = createClient(service.url, { customer: 'regression' });
});
after(() => service.stop());

test('a lamp for 125 EUR is 5% cheaper', async () => {
  const { body } = await client.order([{ sku: 'desk-lamp', quantity: 1 }]);
  assert.equal(body.orderDiscountCents, 625);
  assert.equal(body.totalCents, 11_875);
});

test('two lamps are 10% cheaper', async () => {
  const { body } = await client.order([{ sku: 'desk-lamp', quantity: 2 }]);
  assert.equal(body.totalCents, 22_500);
});

test('an order below 100 EUR costs what it did', async () => {
  const { body } = await client.order([{ sku: 'fountain-pen', quantity: 2 }]);
  assert.equal(body.orderDiscountCents, 0);
  assert.equal(body.totalCents, 7230);
});
