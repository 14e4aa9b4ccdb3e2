import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { counterIn, createClient } from '../client.js';
import { startService } from '../service.js';

/** How the shop answers what is not an order, or not well-formed. */

let service;
let client;
before(async () => {
  service = await startService({ environment: { DEVOPS_VERSION: '1.0-regression' } });
  client = createClient(service.url, { customer: 'regression' });
});
after(() => service.stop());

const json = { 'content-type': 'application/json' };
const wrong = [
  {
    name: 'a body that is no JSON',
    method: 'POST',
    path: '/orders',
    body: '{"items":[',
    headers: json,
    status: 400,
  },
  { name: 'an order for nobody', method: 'GET', path: '/orders/0b0e7c1e', status: 404 },
  { name: 'a path that is not there', method: 'GET', path: '/admin', status: 404 },
  { name: 'a method that is not there', method: 'DELETE', path: '/orders', status: 405 },
  {
    name: 'a body that is too large',
    method: 'POST',
    path: '/orders',
    body: 'x'.repeat(70_000),
    headers: json,
    status: 413,
  },
  {
    name: 'a form',
    method: 'POST',
    path: '/orders',
    body: 'sku=note-a5',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
  },
  { name: 'a limit that is no number', method: 'GET', path: '/orders?limit=all', status: 422 },
  { name: 'a limit that is too high', method: 'GET', path: '/orders?limit=201', status: 422 },
  {
    name: 'a customer with markup',
    method: 'POST',
    path: '/orders',
    body: '{}',
    headers: { ...json, 'x-customer': '<b>' },
    status: 422,
  },
];
for (const { name, method, path, body, headers, status } of wrong) {
  test(`answers ${name} with ${status}`, async () => {
    const answer = await client.send(method, path, { body, headers });
    assert.equal(answer.status, status);
    assert.ok(answer.body.error.message);
  });
}

test('a method that is not there is told which are', async () => {
  const { headers } = await client.send('PUT', '/products');
  assert.equal(headers.get('allow'), 'GET');
});

test('the health tells the version', async () => {
  const { body } = await client.get('/healthz');
  assert.deepEqual(body, { status: 'ok', version: '1.0-regression' });
});

test('paths of orders are counted together', async () => {
  await client.get('/orders/0b0e7c1e');
  await client.get('/orders/5d2f9a40');
  const { text } = await client.get('/metrics');
  assert.ok(counterIn(text, 'http_requests_total{route="/orders/:id",method="GET",status="404"}') >= 2);
  assert.doesNotMatch(text, /5d2f9a40/);
});
