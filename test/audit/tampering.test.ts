import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, openApp } from '../../src/app.ts';
import { readCheckpoints } from '../../src/audit/anchors.ts';
import type { Checkpoint } from '../../src/audit/checkpoint.ts';
import { everyEntry } from '../../src/audit/read-trail.ts';
import { verifyAgainst, verifyTrail } from '../../src/audit/verify.ts';
import { openState } from '../../src/platform/database.ts';
import { placeOf } from '../../src/platform/place.ts';
import type { Project } from '../../src/project.ts';
import { usePocket } from '../e2e/pocket.ts';
import { leafPages } from './sqlite-pages.ts';

/** A chain that an agent and a person made through the front door, and everything that can be done to it. */

const used = usePocket(undefined, { here: true });
const columns = [
  'at',
  'actor',
  'caller',
  'person',
  'action',
  'subject',
  'decision',
  'detail',
  'previous',
  'hash',
];
const masks = [0x01, 0x20, 0x80];

let app: App;
let project: Project;
let checkpoints: Checkpoint[];
let place: string;
let intruder: Database.Database;
let length: number;
let file: string;

beforeAll(async () => {
  const { pocket, agent } = used;
  await agent.call('updateTask', { id: 'T-002', status: 'in_progress', note: 'Caf\u00e9 \ufffd \u001b[31m' });
  await agent.call('evaluateGate', { environment: 'staging', waitSeconds: 60 });
  await agent.call('requestHuman', { kind: 'decision', title: 'Which?', description: 'One of two.' });
  await agent.call('createFixTask', { title: 'Fix', description: 'it', cause: { incidentId: 'I-1' } });
  await agent.call('rollback', { environment: 'production', reason: 'none to go back to' });
  await pocket.command(['approve', 'policy', '--reject', '--reason', 'no']);
  await agent.call('updateTask', { id: 'T-002', status: 'blocked' });
  expect((await pocket.command(['audit', 'checkpoint'])).stdout).toContain('is anchored');
  app = openApp({ projectDir: pocket.dir, serverEnvironment: pocket.environment });
  project = await app.project();
  checkpoints = await readCheckpoints(project);
  place = await placeOf(project.dir);
  file = path.join(pocket.dir, '.devops/state.db');
  intruder = new Database(file);
  intruder.exec('pragma synchronous = off');
  length = (intruder.prepare('select count(*) as n from audit').get() as { n: number }).n;
});
afterAll(async () => {
  intruder.close();
  await app.close();
});

const chain = async () => (await verifyAgainst(project, checkpoints, place)).chain;
/** What is done is undone, whatever the verdict. */
async function after(tamper: () => void) {
  intruder.exec(
    'create temp table kept as select * from audit; create temp table mark as select * from sqlite_sequence',
  );
  try {
    tamper();
    return await chain();
  } finally {
    intruder.exec(
      'delete from audit; insert into audit select * from kept; drop table kept; delete from sqlite_sequence; insert into sqlite_sequence select * from mark; drop table mark',
    );
  }
}
const forgetMark = () => intruder.exec("delete from sqlite_sequence where name = 'audit'");

test('as it is, it is intact and anchored to its end', async () => {
  expect(await verifyTrail(project)).toMatchObject({
    chain: 'intact',
    anchored: { position: length },
    notices: [],
  });
  expect(length).toBeGreaterThan(8);
});

test('every single byte of every entry, changed in three ways, is found at that entry', async () => {
  let changed = 0;
  for (let position = 1; position <= length; position += 1) {
    for (const column of columns) {
      const { hex } = intruder
        .prepare(`select hex(cast(${column} as blob)) as hex from audit where position = ?`)
        .get(position) as { hex: string };
      const bytes = Buffer.from(hex, 'hex');
      const put = intruder.prepare(`update audit set ${column} = cast(? as text) where position = ?`);
      for (const at of bytes.keys()) {
        for (const mask of masks) {
          const other = Buffer.from(bytes);
          other[at] = (bytes[at] ?? 0) ^ mask;
          put.run(other, position);
          const found = await chain();
          if (found === 'intact' || found.brokenAt > position)
            throw new Error(`${column} of entry ${position}, byte ${at} ^ ${mask}: ${JSON.stringify(found)}`);
          changed += 1;
        }
      }
      if (bytes.length > 0) put.run(bytes, position);
    }
  }
  expect(await chain()).toBe('intact');
  expect(changed).toBeGreaterThan(10_000);
}, 600_000);

test('a field that is emptied or filled is found', async () => {
  for (let position = 1; position <= length; position += 1) {
    for (const column of ['caller', 'person']) {
      for (const value of [null, '', '{}', 'null']) {
        const before = intruder
          .prepare(`select ${column} as it from audit where position = ?`)
          .get(position) as { it: unknown };
        if (before.it === value) continue;
        const found = await after(() =>
          intruder.prepare(`update audit set ${column} = ? where position = ?`).run(value, position),
        );
        expect(found, `${column} of ${position} as ${value}`).toEqual({
          brokenAt: position,
          why: expect.any(String),
        });
      }
    }
  }
});

test('every entry that is removed is found, also when the others close the gap', async () => {
  for (let position = 1; position <= length; position += 1) {
    const removed = () => intruder.exec(`delete from audit where position = ${position}`);
    expect(await after(removed), `${position}`).not.toBe('intact');
    const closed = () => {
      removed();
      intruder.exec(
        `update audit set position = -position where position > ${position}; update audit set position = -position - 1 where position < 0`,
      );
      forgetMark();
    };
    expect(await after(closed), `${position}, closed`).toMatchObject({ brokenAt: position });
  }
});

test('every pair of entries that changes places is found at the first of the two', async () => {
  for (let one = 1; one <= length; one += 1) {
    for (let other = one + 1; other <= length; other += 1) {
      const swap = () =>
        intruder.exec(
          `update audit set position = -1 where position = ${one}; update audit set position = ${one} where position = ${other}; update audit set position = ${other} where position = -1`,
        );
      expect(await after(swap), `${one} and ${other}`).toMatchObject({ brokenAt: one });
    }
  }
});

test('every end that is cut off is found, also when the mark of the database goes with it', async () => {
  for (let kept = 0; kept < length; kept += 1) {
    const cut = () => intruder.exec(`delete from audit where position > ${kept}`);
    const found = { brokenAt: kept + 1 };
    expect(await after(cut), `${kept} kept`).toMatchObject(found);
    const thorough = () => {
      cut();
      forgetMark();
    };
    expect(await after(thorough), `${kept} kept, no mark`).toMatchObject(
      kept === 0 ? { brokenAt: 1 } : found,
    );
  }
});

test('the trail does not grow over a cut end', async () => {
  const found = await after(() => intruder.exec(`delete from audit where position = ${length}`));
  expect(found).toMatchObject({ brokenAt: length });
  intruder.exec(
    `create temp table kept as select * from audit; delete from audit where position = ${length}`,
  );
  await used.agent.call('updateTask', { id: 'T-002', status: 'pending' });
  const unanchored = await verifyAgainst(project, [], place);
  expect(unanchored.chain).toMatchObject({ why: `entry ${length} is missing` });
  intruder.exec(
    `delete from audit; insert into audit select * from kept; drop table kept; update sqlite_sequence set seq = ${length} where name = 'audit'`,
  );
  expect(await chain()).toBe('intact');
});

test('the command line finds what was done, names the entry, and ends with 5', async () => {
  const before = intruder.prepare('select decision from audit where position = 3').get() as {
    decision: string;
  };
  intruder.exec("update audit set decision = 'pass' where position = 3");
  const { exitCode, stdout } = await used.pocket.cli(['audit', 'verify']);
  expect([exitCode, stdout]).toEqual([
    5,
    expect.stringContaining('BROKEN at entry 3: its content was changed'),
  ]);
  expect((await used.pocket.command(['audit', 'checkpoint'])).exitCode).toBe(5);
  intruder.prepare('update audit set decision = ? where position = 3').run(before.decision);
  expect((await used.pocket.command(['audit', 'verify'])).exitCode).toBe(0);
});

describe('bytes of the file', () => {
  test('no change of one changes what the trail says without being found', async () => {
    const copy = path.join(used.pocket.dir, 'copy.db');
    intruder.exec('pragma wal_checkpoint(truncate)');
    await execa('cp', [file, copy]); // not here: closing the file would take the locks of our connections with it
    const said = async (broken: boolean) => {
      const state = await openState(copy, (text) => text);
      try {
        const entries = [];
        for await (const entry of everyEntry(state.read)) entries.push(entry);
        const { chain: found } = await verifyAgainst({ ...project, state }, checkpoints, place);
        return found === 'intact' ? JSON.stringify(entries) : 'found';
      } catch (error) {
        if (!broken) throw error;
        return 'found';
      } finally {
        await state.close().catch(() => undefined);
      }
    };
    const genuine = await said(false);
    const stride = process.env.AUDIT === 'full' ? 1 : 13;
    const handle = await fs.open(copy, 'r+');
    const outcomes = { found: 0, unchanged: 0 };
    try {
      const content = await fs.readFile(copy);
      for (const { from, to } of leafPages(content, 'audit')) {
        for (let at = from; at < to; at += stride) {
          const original = content.subarray(at, at + 1);
          await handle.write(Buffer.from([(original[0] ?? 0) ^ 0x11]), 0, 1, at);
          const now = await said(true);
          await handle.write(original, 0, 1, at);
          await fs.rm(`${copy}-wal`, { force: true });
          await fs.rm(`${copy}-shm`, { force: true });
          if (now !== 'found' && now !== genuine) throw new Error(`byte ${at} of the file goes unnoticed`);
          outcomes[now === 'found' ? 'found' : 'unchanged'] += 1;
        }
      }
    } finally {
      await handle.close();
    }
    expect(outcomes.found).toBeGreaterThan(300);
  }, 600_000);
});
