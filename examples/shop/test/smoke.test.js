import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from './client.js';
import { serviceUnderTest } from './service.js';

/** Is it there at all? Reads only, so that it may run against any environment. */

let service;
let client;
before(async () => {
  service = await serviceUnderTest();
  client = createClient(service.url, { customer: 'smoke' });
});
after(() => service.stop());

test('the shop is healthy', async () => {
  const { status, body } = await client.get('/healthz');
  assert.equal(status, 200);
  assert.equal(body.status, 'ok');
});

test('it serves the version that was deployed', async () => {
  const { body } = await client.get('/healthz');
  assert.equal(body.version, process.env.DEVOPS_VERSION || 'dev');
});

test('there are products', async () => {
  const { status, body } = await client.get('/products');
  assert.equal(status, 200);
  assert.ok(body.products.length > 0);
});

test('the orders can be read', async () => {
  const { status, body } = await client.get('/orders?limit=1');
  assert.equal(status, 200);
  assert.ok(Number.isInteger(body.total));
});

test('it can be monitored', async () => {
  const { status, text } = await client.get('/metrics');
  assert.equal(status, 200);
  assert.match(text, /^# TYPE http_requests_total counter$/m);
});

test('what it does not know is not found', async () => {
  const { status } = await client.get('/wp-admin.php');
  assert.equal(status, 404);
});
