import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../../src/metrics.js';

test('requests are counted by route, method and status', () => {
  const metrics = createMetrics();
  const served = { route: '/orders/:id', method: 'GET', durationMs: 1 };
  metrics.observeRequest({ ...served, status: 200 });
  metrics.observeRequest({ ...served, status: 200 });
  metrics.observeRequest({ ...served, status: 404 });
  assert.match(metrics.text(), /^http_requests_total\{route="\/orders\/:id",method="GET",status="200"\} 2$/m);
  assert.match(metrics.text(), /^http_requests_total\{route="\/orders\/:id",method="GET",status="404"\} 1$/m);
});

test('durations fall into every bucket that is wide enough', () => {
  const metrics = createMetrics();
  metrics.observeRequest({ route: '/products', method: 'GET', status: 200, durationMs: 30 });
  const text = metrics.text();
  assert.match(text, /_bucket\{route="\/products",le="0\.025"\} 0$/m);
  assert.match(text, /_bucket\{route="\/products",le="0\.05"\} 1$/m);
  assert.match(text, /_bucket\{route="\/products",le="\+Inf"\} 1$/m);
  assert.match(text, /_count\{route="\/products"\} 1$/m);
});

test('every line is a comment or a sample', () => {
  const metrics = createMetrics();
  metrics.observeRequest({ route: 'a"b\\c\nd', method: 'GET', status: 200, durationMs: 1 });
  metrics.countOrder();
  for (const line of metrics.text().trimEnd().split('\n')) {
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{.+\})? [\d.e+-]+)$/);
  }
});
