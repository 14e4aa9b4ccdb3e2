import { describe, expect, test } from 'vitest';
import { isCommit, isFile, parseStatement } from '../../src/evidence/in-toto.ts';

const sha = 'd20ace7968ba43c0219f62d71334c1095bab1602';
const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ digest: { gitCommit: sha } }],
  predicateType: 'https://example.com/x/v1',
  predicate: {},
};
const parse = (value: unknown, payloadType = 'application/vnd.in-toto+json') =>
  parseStatement({
    payloadType,
    payload: typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(JSON.stringify(value)),
  });

test.each(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1'])('reads %s', (_type) => {
  expect(parse({ ...statement, _type, extra: 1 })).toEqual({
    predicateType: 'https://example.com/x/v1',
    subjects: [{ digest: { gitCommit: sha } }],
    predicate: {},
  });
});

test.each([
  [{ ...statement, _type: 'https://in-toto.io/Statement/v2' }, 'unknown statement type'],
  [{ ...statement, subject: [] }, 'subject'],
  [{ ...statement, subject: { digest: {} } }, 'subject'],
  [{ ...statement, predicate: 'passed' }, 'predicate'],
  [{ ...statement, predicate: undefined }, 'predicate'],
  ['hello', 'not JSON'],
  ['{"_type": "\xff"}', 'not JSON'],
  ['null', 'no in-toto statement'],
])('refuses %o', (given, reason) => {
  expect(() => parse(given)).toThrow(reason);
});

test('refuses a payload of another type', () => {
  expect(() => parse(statement, 'application/json')).toThrow('its payload is application/json');
});

describe('a commit', () => {
  test.each([
    [{ digest: { gitCommit: sha } }, true],
    [{ digest: { gitCommit: sha.toUpperCase() } }, true],
    [{ name: 'git+https://shop.example/shop@refs/heads/main', digest: { sha1: sha } }, true],
    [{ uri: 'https://github.com/acme/shop', digest: { sha1: sha } }, true],
    [{ uri: 'https://shop.example/shop.git', digest: { sha1: sha } }, true],
    [{ name: 'digital.jar', digest: { sha1: sha } }, false],
    [{ digest: { sha1: sha } }, false],
    [{ digest: { sha256: sha } }, false],
    [{ digest: { gitCommit: sha.slice(0, 12) } }, false],
    [{ digest: { gitCommit: null } }, false],
    [{ name: sha }, false],
  ])('%o: %s', (descriptor, is) => {
    expect(isCommit(descriptor, sha)).toBe(is);
  });

  test('of a repository with SHA-256 is one too', () => {
    expect(isCommit({ digest: { gitCommit: 'ab'.repeat(32) } }, 'ab'.repeat(32))).toBe(true);
  });
});

test('a file is known by its SHA-256 alone', () => {
  const digest = 'ab'.repeat(32);
  expect(isFile({ digest: { sha256: digest.toUpperCase() } }, digest)).toBe(true);
  expect(isFile({ digest: { sha512: digest } }, digest)).toBe(false);
  expect(isFile({ digest: { sha256: '' } }, '')).toBe(false);
});
