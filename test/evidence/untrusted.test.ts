import { expect, test } from 'vitest';
import { withoutForgery } from '../../src/approvals/human-requests-untrusted.ts';
import { cleanLine, visible } from '../../src/evidence/untrusted.ts';

test('signs without a width are taken out, as those that turn the reading direction are', () => {
  for (const sign of [
    '\u200b',
    '\u200c',
    '\u200d',
    '\u200f',
    '\u2060',
    '\u2064',
    '\u180e',
    '\u202e',
    '\ufeff',
  ]) {
    const text = `pro${sign}duction`;
    const request = {
      kind: 'decision',
      title: text,
      description: text,
      priority: text,
      agent: text,
    } as const;
    const { title, description } = withoutForgery({ ...request, date: '2026-11-26' });
    expect([visible(text), cleanLine(text), title, description]).toEqual(Array(4).fill('production'));
  }
  expect(visible('a\u00a0b\tc\nd \u00e9 \u{1f468}')).toBe('a\u00a0b\tc\nd \u00e9 \u{1f468}');
});
