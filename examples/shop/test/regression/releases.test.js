import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createClient } from '../client.js';
import { startService } from '../service.js';

/** What a deployment relies on: orders outlive a release, two of them run beside each other, none drops a request. */

let dataFolder;
before(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'shop-releases-'));
});
after(() => rm(dataFolder, { recursive: true, force: true }));

const items = [{ sku: 'note-a6', quantity: 1 }];

test('orders outlive the release that took them', async () => {
  const old = await startService({ dataFolder });
  const { body } = await createClient(old.url).order(items);
  assert.equal(await old.stop(), 0);
  const next = await startService({ dataFolder });
  assert.deepEqual((await createClient(next.url).get(`/orders/${body.id}`)).body, body);
  await next.stop();
});

test('two releases at once see the orders of each other', async () => {
  const [blue, green] = await Promise.all([startService({ dataFolder }), startService({ dataFolder })]);
  const placed = await Promise.all(
    [blue, green, blue, green].map(({ url }) => createClient(url).order(items)),
  );
  for (const { url } of [blue, green]) {
    for (const { body } of placed)
      assert.equal((await createClient(url).get(`/orders/${body.id}`)).status, 200);
  }
  const totals = await Promise.all([blue, green].map(({ url }) => createClient(url).get('/orders?limit=1')));
  assert.equal(totals[0].body.total, totals[1].body.total);
  await Promise.all([blue.stop(), green.stop()]);
});

test('a release that is told to end finishes what is open, and ends well', async () => {
  const service = await startService({ dataFolder });
  const open = request(`${service.url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  const answered = new Promise((resolve, reject) => {
    open.on('response', resolve);
    open.on('error', reject);
  });
  open.write('{"items":[{"sku":"note-a6",');
  // The shop has the request once it answers another one that was sent later.
  await createClient(service.url).get('/healthz');
  const ended = service.stop();
  await new Promise((resolve) => setTimeout(resolve, 50));
  open.end('"quantity":1}]}');
  const response = await answered;
  response.resume();
  assert.equal(response.statusCode, 201);
  assert.equal(response.headers.connection, 'close');
  assert.equal(await ended, 0);
});
