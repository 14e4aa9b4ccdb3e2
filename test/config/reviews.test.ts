import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseConfig } from '../../src/config/parse.ts';

const config = (given: Record<string, unknown> = {}, environment: Record<string, unknown> = {}) => ({
  project: 'shop',
  environments: {
    staging: {
      target: { kind: 'process', run: 'node server.js', port: 8080 },
      health: { version: '$.version' },
      gate: { review: 'approved' },
      ...environment,
    },
  },
  approvers: { reviewer: { allowedSigners: '.reviewers' } },
  ...given,
});
function problems(written: object): string {
  try {
    parseConfig(stringify(written), 'devops.yaml');
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test('signed reviews count unless told otherwise', () => {
  expect(parseConfig(stringify(config()), 'devops.yaml').reviews).toEqual({ from: ['signature', 'trailer'] });
});

test('a forge has to be named: a remote of git is not believed', () => {
  expect(problems(config({ reviews: { from: ['github'] } }))).toMatch(/github: owner\/name/);
  expect(problems(config({ reviews: { from: ['signature', 'gitlab'] } }))).toMatch(/gitlab: group\/name/);
  expect(problems(config({ reviews: { from: ['github'], github: 'git.shop.example/team/shop' } }))).toBe('');
  expect(problems(config({ reviews: { from: ['gitlab'], gitlab: 'team/sub/shop' } }))).toBe('');
});

test('reviewers have to be known only where signatures count', () => {
  const approvers = {};
  expect(problems(config({ approvers }))).toMatch(/needs to know the reviewers/);
  expect(problems(config({ approvers, reviews: { from: ['github'], github: 'team/shop' } }))).toBe('');
});

test.each([
  [{ from: [] }],
  [{ from: ['email'] }],
  [{ from: ['github'], github: 'shop' }],
  [{ from: ['github'], github: 'https://github.com/team/shop' }],
  [{ from: ['github'], github: 'team/shop?x=1' }],
  [{ from: ['gitlab'], gitlab: '../shop' }],
  [{ from: ['github'], github: 'a/b/c/d' }],
])('%j is refused', (reviews) => {
  expect(problems(config({ reviews }))).toMatch(/reviews/);
});

test.each([
  [{ prometheus: 'prometheus:9090' }, false],
  [{ prometheus: 'http://prometheus:9090/base?x=1' }, false],
  [{ prometheus: 'http://prometheus:9090', rules: [] }, false],
  [{ prometheus: 'http://prometheus:9090/base', rules: ['Down'] }, true],
])('alerts %j', (alerts, isValid) => {
  expect(problems(config({}, { alerts })) === '').toBe(isValid);
});
