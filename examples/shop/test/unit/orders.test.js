import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openOrders } from '../../src/orders.js';

const errors = [];
const log = { error: (message) => errors.push(message) };

async function inFolder(run) {
  const folder = await mkdtemp(join(tmpdir(), 'shop-orders-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('orders are there after a restart', () =>
  inFolder(async (folder) => {
    const first = await openOrders(folder, { log });
    await first.add({ id: 'a', customer: 'lena' });
    await first.close();
    const second = await openOrders(folder, { log });
    assert.deepEqual(await second.get('a'), { id: 'a', customer: 'lena' });
    await second.close();
  }));

test('two releases see the orders of each other, each once', () =>
  inFolder(async (folder) => {
    const blue = await openOrders(folder, { log });
    const green = await openOrders(folder, { log });
    await Promise.all(
      Array.from({ length: 200 }, (_, index) => (index % 2 ? blue : green).add({ id: `o${index}` })),
    );
    for (const orders of [blue, green]) {
      const { total } = await orders.list({ limit: 1 });
      assert.equal(total, 200);
      assert.ok(await orders.get('o0'));
      assert.ok(await orders.get('o199'));
    }
    await blue.close();
    await green.close();
  }));

test('the newest orders come first, those of one customer alone if asked', () =>
  inFolder(async (folder) => {
    const orders = await openOrders(folder, { log });
    for (const [id, customer] of [
      ['a', 'lena'],
      ['b', 'omar'],
      ['c', 'lena'],
    ])
      await orders.add({ id, customer });
    const newest = await orders.list({ limit: 2 });
    assert.deepEqual(
      newest.orders.map(({ id }) => id),
      ['c', 'b'],
    );
    const hers = await orders.list({ customer: 'lena', limit: 10 });
    assert.deepEqual(
      hers.orders.map(({ id }) => id),
      ['c', 'a'],
    );
    assert.equal(hers.total, 2);
    await orders.close();
  }));

test('half a line of a writer that died spoils no other order', () =>
  inFolder(async (folder) => {
    const first = await openOrders(folder, { log });
    await first.add({ id: 'a' });
    await first.close();
    await appendFile(join(folder, 'orders.jsonl'), '{"id":"half');
    const second = await openOrders(folder, { log });
    await second.add({ id: 'b' });
    assert.equal((await second.list({ limit: 10 })).total, 2);
    assert.ok(await second.get('b'));
    assert.match(errors.join(), /damaged line/);
    await second.close();
  }));
