import { describe, expect, test } from 'vitest';
import { validityOf } from '../../../src/gates/statements/freshness.ts';

const now = new Date('2026-06-01T12:00:00Z');
const hourMs = 60 * 60_000;
const at = (finishedAt: string | undefined, startedAt?: string) =>
  validityOf({ finishedAt, startedAt }, { now, validForMs: 24 * hourMs });

test('counts from when the work was finished', () => {
  expect(at('2026-06-01T10:00:00+02:00', '2026-06-01T07:59:00.5Z')).toEqual({
    startedAt: new Date('2026-06-01T07:59:00.500Z'),
    finishedAt: new Date('2026-06-01T08:00:00Z'),
    expiresAt: new Date('2026-06-02T08:00:00Z'),
  });
  expect(at('2026-06-01T12:00:59Z').finishedAt).toEqual(new Date('2026-06-01T12:00:59Z'));
});

describe('is refused', () => {
  test.each([
    [undefined, undefined, 'does not say when'],
    ['2026-05-31T12:00:00Z', undefined, 'expired at 2026-06-01T12:00:00.000Z: it was made 1d before'],
    ['2026-06-01T12:01:01Z', undefined, 'comes from the future'],
    ['2026-06-01T11:00:00Z', '2026-06-01T11:00:01Z', 'ended before it began'],
    ['2026-06-01', undefined, 'which is none'],
    ['2026-06-01T11:00:00', undefined, 'which is none'],
    ['1780311600', undefined, 'which is none'],
    ['2026-13-01T11:00:00Z', undefined, 'which is none'],
    ['2026-06-01T11:00:00Z', 'earlier', 'which is none'],
  ])('%s', (finishedAt, startedAt, reason) => {
    expect(() => at(finishedAt, startedAt)).toThrow(reason);
  });
});
