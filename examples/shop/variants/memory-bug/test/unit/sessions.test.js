import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessions } from '../../src/sessions.js';

const order = { lines: [{ sku: 'note-a5' }, { sku: 'ink-blue' }] };

test('what a customer ordered last is remembered', () => {
  const sessions = createSessions();
  assert.deepEqual(sessions.lastOrderedBy('lena'), []);
  sessions.remember('lena', order);
  assert.deepEqual(sessions.lastOrderedBy('lena'), ['note-a5', 'ink-blue']);
  assert.deepEqual(sessions.lastOrderedBy('omar'), []);
});

test('nothing is remembered of guests, who are many', () => {
  const sessions = createSessions({ capacity: 0 });
  sessions.remember('guest', order);
  assert.deepEqual(sessions.lastOrderedBy('guest'), []);
});

test('a session that was idle for too long makes room', () => {
  let time = 0;
  const sessions = createSessions({ capacity: 1, idleMs: 1000, now: () => time });
  sessions.begin('lena');
  time = 1001;
  sessions.begin('omar');
});

test('there are never more sessions than there is room for', () => {
  const sessions = createSessions({ capacity: 2 });
  sessions.begin('lena');
  sessions.begin('omar');
  sessions.begin('lena');
  assert.throws(() => sessions.begin('ada'), { status: 503 });
});
