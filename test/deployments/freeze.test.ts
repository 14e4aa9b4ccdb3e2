import { expect, test } from 'vitest';
import { frozenBy } from '../../src/deployments/freeze.ts';

const weekend = { from: 'Fri 16:00', to: 'Mon 08:00', timezone: 'Europe/Berlin' };
const at = (iso: string) => frozenBy([weekend], new Date(iso)) !== undefined;

test('a window runs over the weekend; its end does not belong to it', () => {
  expect(at('2026-11-20T14:59:00Z')).toBe(false); // Friday 15:59 in Berlin
  expect(at('2026-11-20T15:00:00Z')).toBe(true);
  expect(at('2026-11-22T12:00:00Z')).toBe(true);
  expect(at('2026-11-23T06:59:00Z')).toBe(true);
  expect(at('2026-11-23T07:00:00Z')).toBe(false);
});

test('the clock on the wall counts: summer time moves the window in UTC', () => {
  expect(at('2026-07-03T13:59:00Z')).toBe(false);
  expect(at('2026-07-03T14:00:00Z')).toBe(true);
  // The night of the change: Sunday 25 October 2026, 03:00 becomes 02:00.
  const night = [{ from: 'Sun 02:30', to: 'Sun 03:30', timezone: 'Europe/Berlin' }];
  expect(frozenBy(night, new Date('2026-10-25T00:45:00Z'))).toBeDefined();
  expect(frozenBy(night, new Date('2026-10-25T01:45:00Z'))).toBeDefined();
  expect(frozenBy(night, new Date('2026-10-25T02:45:00Z'))).toBeUndefined();
});

test('no window, no freeze', () => {
  expect(frozenBy([], new Date())).toBeUndefined();
});
