import path from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, createPocket, type Pocket } from '../e2e/pocket.ts';

let pocket: Pocket;
let agent: Agent;

beforeAll(async () => {
  pocket = await createPocket();
  agent = await pocket.connectHere();
  for (const status of ['in_progress', 'blocked', 'pending'])
    await agent.call('updateTask', { id: 'T-002', status });
});
afterAll(async () => {
  await agent.close();
  await pocket.destroy();
});

test('says who did what, newest first, in pages', async () => {
  const { data } = await agent.call('getAudit', { limit: 2 });
  expect(data.chain).toBe('intact');
  expect(data.entries.map(({ position }: { position: number }) => position)).toEqual([3, 2]);
  expect(data.entries[0].actor).toContain('test-agent');
  const { data: rest } = await agent.call('getAudit', { limit: 2, cursor: data.nextCursor });
  expect(rest.entries.map(({ position }: { position: number }) => position)).toEqual([1]);
});

test('a cursor that is none is refused', async () => {
  expect((await agent.call('getAudit', { cursor: 'abc' })).data.error.code).toBe('INVALID_CURSOR');
});

test('a changed entry is found, by the tool and by the command line', async () => {
  expect((await pocket.command(['audit', 'verify'])).exitCode).toBe(0);
  const database = new Database(path.join(pocket.dir, '.devops/state.db'));
  database.prepare(`update audit set decision = 'refused' where position = 2`).run();
  database.close();
  expect((await agent.call('getAudit')).data.chain).toEqual({ brokenAt: 2, why: 'its content was changed' });
  const { exitCode, stdout } = await pocket.command(['audit', 'verify']);
  expect([exitCode, stdout]).toEqual([5, expect.stringContaining('BROKEN at entry 2')]);
});
