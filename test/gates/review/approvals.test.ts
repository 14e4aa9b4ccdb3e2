import { expect, test } from 'vitest';
import { type ForgeReview, weighReviews } from '../../../src/gates/review/approvals.ts';

const sha = 'a'.repeat(40);
const older = 'b'.repeat(40);
let minute = 0;
const says = (says: ForgeReview['says'], given: Partial<ForgeReview> = {}): ForgeReview => {
  minute += 1;
  const at = `2026-11-01T10:${String(minute % 60).padStart(2, '0')}:00Z`;
  return { by: 'rita', says, commit: sha, at, ...given };
};
const weigh = (...reviews: ForgeReview[]) => weighReviews(reviews, { sha, writers: ['Ada'] });

test.each<[string, ForgeReview[], string[], RegExp?]>([
  ['an approval', [says('approved')], ['rita']],
  ['one of an older head', [says('approved', { commit: older })], [], /approved bbbbbbbbbbbb, not this one/],
  ['one that was dismissed', [says('dismissed')], [], /dismissed/],
  ['one before a change request', [says('approved'), says('changesRequested')], [], /asks for changes/],
  ['one after a change request', [says('changesRequested'), says('approved')], ['rita']],
  [
    'one of this head from before a change request, with one of another head after it',
    [says('approved'), says('changesRequested'), says('approved', { commit: older })],
    [],
    /not this one/,
  ],
  ['one of an older head after this one', [says('approved'), says('approved', { commit: older })], ['rita']],
  ['the author’s own', [says('approved', { by: 'ADA' })], [], /cannot review/],
  ['a stranger’s', [says('approved', { unfit: 'does not belong' })], [], /does not belong/],
  [
    'one person’s beside another’s objection',
    [says('approved'), says('changesRequested', { by: 'sam' })],
    ['rita'],
    /sam asks for changes/,
  ],
  ['nothing', [], []],
])('%s', (_name, reviews, approvedBy, discounted) => {
  const weighed = weigh(...reviews);
  expect(weighed.approvedBy).toEqual(approvedBy);
  if (discounted) expect(weighed.discounted.join()).toMatch(discounted);
});

test('the order is that of time, not of the list', () => {
  const [first, second] = [says('approved'), says('changesRequested')];
  expect(weigh(second, first).approvedBy).toEqual([]);
});
