import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentOf, priceOrder } from '../../src/pricing.js';

function line(unitCents, quantity) {
  return { product: { sku: `at-${unitCents}`, unitCents }, quantity };
}

test('a share is rounded half up to the cent', () => {
  assert.equal(percentOf(1000, 5), 50);
  assert.equal(percentOf(1010, 5), 51);
  assert.equal(percentOf(1009, 5), 50);
  assert.equal(percentOf(0, 5), 0);
});

test('an order costs the sum of its lines', () => {
  const { subtotalCents, discountCents, totalCents } = priceOrder([line(895, 2), line(115, 1)]);
  assert.deepEqual(
    { subtotalCents, discountCents, totalCents },
    { subtotalCents: 1905, discountCents: 0, totalCents: 1905 },
  );
});

test('nine of one thing have no discount, ten have', () => {
  assert.equal(priceOrder([line(100, 9)]).discountCents, 0);
  assert.equal(priceOrder([line(100, 10)]).discountCents, 50);
});

test('ten different things have no quantity discount', () => {
  const items = Array.from({ length: 10 }, (_, index) => line(100 + index, 1));
  assert.equal(priceOrder(items).discountCents, 0);
});

test('each line shows what it costs', () => {
  assert.deepEqual(priceOrder([line(115, 11)]).lines, [
    { sku: 'at-115', quantity: 11, unitCents: 115, discountCents: 63, grossCents: 1265 },
  ]);
});

test('the quantity discount is rounded for each line', () => {
  for (let quantity = 10; quantity <= 50; quantity += 1) {
    const { totalCents } = priceOrder([line(117, quantity)]);
    assert.ok(Number.isInteger(totalCents), `${quantity} cost ${totalCents} cents`);
  }
});

test('a small order has no order discount', () => {
  assert.equal(priceOrder([line(9999, 1)]).orderDiscountCents, 0);
});

test('an order has 5% off from 100 EUR, 10% from 250 EUR', () => {
  assert.equal(priceOrder([line(10_000, 1)]).orderDiscountCents, 500);
  assert.equal(priceOrder([line(25_000, 1)]).orderDiscountCents, 2500);
});

test('the order discount is on what the quantity discount left', () => {
  const { orderDiscountCents, discountCents } = priceOrder([line(1000, 20)]);
  assert.equal(orderDiscountCents, 950);
  assert.equal(discountCents, 1000 + 950);
});

test('the order discount is rounded to the cent', () => {
  const { orderDiscountCents, totalCents } = priceOrder([line(3615, 3)]);
  assert.equal(orderDiscountCents, 542);
  assert.equal(totalCents, 10_303);
});
