import { expect, test } from 'vitest';
import { addressIn, authorsOf, trailersOf } from '../../../src/gates/review/trailers.ts';

const reviewers = (message: string) => trailersOf(message, 'Reviewed-by').map(addressIn);

test.each([
  ['Add it\n\nReviewed-by: Rita <rita@shop.example>\n', ['rita@shop.example']],
  ['Add it\r\n\r\nreviewed-BY : Rita <Rita@Shop.Example>\r\n', ['rita@shop.example']],
  ['Add it\n\nbody\n\nSigned-off-by: A <a@x>\nReviewed-by: R\n  <r@x>\n', ['r@x']],
  ['Add it\n\nReviewed-by: r@x\nReviewed-by: <s@x>\n', ['r@x', 's@x']],
  ['Reviewed-by: Rita <rita@shop.example>', []], // the subject is no trailer
  ['Add it\n\nReviewed-by: Rita <rita@shop.example>\n\nand more text\n', []], // nor is the body
  ['Add it\n\nNot-Reviewed-by: Rita <rita@shop.example>\n', []],
  ['', []],
])('%j names %j', (message, expected) => {
  expect(reviewers(message)).toEqual(expected);
});

test('those who wrote a commit together are all its authors', () => {
  const message = 'Add it\n\nCo-authored-by: Rita <RITA@x>\nCo-authored-by: ada@x\n';
  expect(authorsOf({ authorEmail: 'Ada@x', message })).toEqual(['ada@x', 'rita@x']);
});
