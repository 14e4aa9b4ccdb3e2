import { expect, test } from 'vitest';
import { redactionFor } from '../../../src/operations/redaction/index.ts';

const redact = redactionFor({
  DB_PASSWORD: 'correct-horse',
  API_TOKEN: 'correct-horse-battery',
  PORT: '8080',
  SHORT_SECRET: 'abc',
});
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789';

test.each([
  'using correct-horse to connect',
  `ghp_${letters.slice(0, 36)}`,
  `github_pat_${letters.slice(0, 30)}`,
  `glpat-${letters.slice(0, 20)}`,
  `npm_${letters.slice(0, 36)}`,
  'xoxb-1234567890-abcdefghij',
  'AKIAABCDEFGHIJKLMNOP',
  `eyJ${letters.slice(0, 12)}.eyJ${letters.slice(0, 12)}.${letters.slice(0, 12)}`,
  'postgres://shop:s3cr3tpass@db/shop',
  'Authorization: Bearer abcdef123456',
  'password=hunter22hunter',
  '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----',
])('%s is redacted', (text) => {
  const clean = redact(text);
  expect(clean).toContain('[redacted]');
  expect(clean).not.toMatch(/correct-horse|s3cr3tpass|hunter22|abcdef123456|abcdefghijkl|ABCDEFGHIJKLMNOP/);
});

test('the longer of two secrets goes whole', () => {
  expect(redact('x correct-horse-battery x')).toBe('x [redacted] x');
});

test.each([
  'listening on port 8080',
  'abc',
  'deployed 2f3c9e1 to staging',
  'https://shop.example/orders?token_count=3',
  'no secrets here',
])('ordinary text stays: %s', (text) => {
  expect(redact(text)).toBe(text);
});

test('what a variable is called decides, and what it is of: names of people, places and kinds stay', () => {
  const known = redactionFor(
    {
      GIT_AUTHOR_NAME: 'Ada Author-Example',
      SSH_AUTH_SOCK: '/run/user/1000/agent.sock',
      XDG_SESSION_TYPE: 'wayland-session',
      TOKEN_TTL: '3600000000',
      DATABASE_URL: 'postgres://shop:p%40ss-of-shop@db.example/shop',
      PLAIN_NAME: 'declared-by-name',
      MYSQL_PWD: 'of-the-database',
    },
    ['PLAIN_NAME'],
  );
  const stays = 'Ada Author-Example /run/user/1000/agent.sock wayland-session 3600000000 postgres';
  expect(known(stays)).toBe(stays);
  expect(known('p%40ss-of-shop, p@ss-of-shop, declared-by-name, of-the-database')).toBe(
    '[redacted], [redacted], [redacted], [redacted]',
  );
});
