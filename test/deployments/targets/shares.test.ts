import { expect, test } from 'vitest';
import {
  giveAll,
  giveShare,
  latestServer,
  releaseOfServer,
  servedBy,
  superseded,
} from '../../../src/deployments/targets/container/shares.ts';

const one = { releaseId: 'dep-one', version: 'one', fence: 1, port: 1 };
const two = { releaseId: 'dep-two', version: 'two', fence: 2, port: 2 };
const shares = (servers: { name: string; weight: number }[] | undefined) =>
  Object.fromEntries((servers ?? []).map(({ name, weight }) => [name, weight]));
const live = (servers: { name: string; live: boolean }[]) =>
  servers.filter((server) => server.live).map(({ name }) => releaseOfServer(name));

test('a server is named by its release, by who gave it traffic, and by the share that was decided', () => {
  const [server] = giveAll([], { ...one, releaseId: 'candidate-gate-1.5', fence: 7 });
  expect(server?.name).toBe('candidate-gate-1.5.7.100');
  expect(releaseOfServer('candidate-gate-1.5.7.100')).toBe('candidate-gate-1.5');
});

test('everything goes to one, which is live; the others stay without traffic', () => {
  const first = giveAll([], one);
  expect(shares(first)).toEqual({ 'dep-one.1.100': 100 });
  const second = giveAll(first, two);
  expect(shares(second)).toEqual({ 'dep-one.1.100': 0, 'dep-two.2.100': 100 });
  expect(live(second)).toEqual(['dep-two']);
  expect(giveAll(second, two)).toEqual(second);
});

test('a share goes to one, the rest to the live one, which stays live; both are counted anew', () => {
  const tenth = giveShare(giveAll([], one), two, 10) ?? [];
  expect(shares(tenth)).toEqual({ 'dep-one.1.100': 0, 'dep-one.2.10': 90, 'dep-two.2.10': 10 });
  expect(giveShare(tenth, two, 10)).toEqual(tenth); // whoever repeats it changes nothing
  const most = giveShare(tenth, two, 70) ?? [];
  expect(shares(most)).toMatchObject({ 'dep-one.2.70': 30, 'dep-two.2.10': 0, 'dep-two.2.70': 70 });
  expect([live(tenth), live(most)]).toEqual([['dep-one'], ['dep-one']]);
  expect(latestServer(most, 'dep-one')?.name).toBe('dep-one.2.70');
  expect(latestServer(most, 'dep-two')?.name).toBe('dep-two.2.70');
  expect(latestServer(most, 'dep-three')).toBeUndefined();
  expect(superseded(most).map(({ name }) => name)).toEqual(['dep-one.1.100', 'dep-one.2.10', 'dep-two.2.10']);
  const all = giveAll(most, two);
  expect(live(all)).toEqual(['dep-two']);
  expect(all.filter(({ weight }) => weight > 0)).toHaveLength(1);
});

test('what serves is the live one, or who has most where haproxy does not do yet what was decided', () => {
  const shared = giveShare(giveAll([], one), two, 70) ?? [];
  expect(servedBy(shared)?.name).toBe('dep-one.2.70');
  const undone = giveAll(giveAll([], one), two).map((server) => ({ ...server, weight: 100 - server.weight }));
  expect(servedBy(undone)?.name).toBe('dep-one.1.100');
  expect(servedBy(giveAll([], one).map((server) => ({ ...server, weight: 0 })))).toBeUndefined();
});

test('a share needs another release that is live', () => {
  expect(giveShare([], two, 10)).toBeUndefined();
  expect(giveShare(giveAll([], two), two, 10)).toBeUndefined();
});
