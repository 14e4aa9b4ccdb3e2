import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import Database from 'libsql';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { chainStart, hashOfEntry } from '../../src/audit/chain.ts';
import { sha256 } from '../../src/platform/digest.ts';
import { createPocket, type Pocket } from '../e2e/pocket.ts';

/** What is anchored outside of the database, and what it takes to get around it. */

let pocket: Pocket;
let database: Database.Database;
const audit = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await pocket.command(['audit', ...args]);
  return { exitCode, said: `${stdout}${stderr}` };
};
const updateTask = (status: string) =>
  pocket.command(['call', 'updateTask', JSON.stringify({ id: 'T-002', status })]);
const note = () => pocket.git('notes', '--ref=devops-audit', 'show', 'HEAD');

beforeAll(async () => {
  pocket = await createPocket();
  for (const name of ['trail', 'stranger'])
    await execa('ssh-keygen', [
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-C',
      name,
      '-f',
      path.join(pocket.dir, `.git/${name}`),
    ]);
  const key = await fs.readFile(path.join(pocket.dir, '.git/trail.pub'), 'utf8');
  await fs.writeFile(path.join(pocket.dir, '.auditors'), `trail@pocket.example ${key}`);
  await pocket.configure((config) => {
    config.audit = { key: '$AUDIT_KEY', allowedSigners: '.auditors' };
  });
  pocket.environment.AUDIT_KEY = '.git/trail';
  for (const status of ['in_progress', 'blocked', 'pending']) await updateTask(status);
  expect(await audit('checkpoint')).toMatchObject({ exitCode: 0 });
  for (const status of ['in_progress', 'blocked']) await updateTask(status);
  database = new Database(path.join(pocket.dir, '.devops/state.db'));
  database.exec('create table kept_audit as select * from audit');
});
afterAll(async () => {
  database.close();
  await pocket.destroy();
});
beforeEach(() => {
  database.exec('delete from audit; insert into audit select * from kept_audit');
});

test('a checkpoint is signed, and what came after it is not anchored', async () => {
  const { said, exitCode } = await audit('verify');
  expect([exitCode, said]).toEqual([
    0,
    expect.stringContaining('intact: 5 entries.\nAnchored up to entry 3 at'),
  ]);
  expect(said).toContain('signed by trail@pocket.example');
  expect(said).toContain('Note: 2 entries are not anchored');
});

/** Writes the trail anew from an entry on, with every hash right: what somebody does who knows how it is made. */
function forge(position: number, decision: string) {
  const rows = database.prepare('select * from audit order by position').all() as Record<string, string>[];
  let previous = chainStart;
  for (const row of rows) {
    const at = Number(row.position);
    if (at === position) row.decision = decision;
    const { caller, person, detail, ...rest } = row;
    const facts = {
      ...rest,
      position: at,
      ...(caller && { caller: JSON.parse(caller) }),
      ...(person && { person: JSON.parse(person) }),
      detail: JSON.parse(detail ?? ''),
    };
    const hash = hashOfEntry(facts as never, previous, sha256);
    database
      .prepare('update audit set decision = ?, previous = ?, hash = ? where position = ?')
      .run(row.decision, previous, hash, at);
    previous = hash;
  }
}

test('a trail that was written anew with right hashes is found by what is anchored', async () => {
  forge(2, 'refused');
  expect(await audit('verify')).toMatchObject({
    exitCode: 5,
    said: expect.stringMatching(/BROKEN at entry 1: it or one up to entry 3 is not what was anchored at/),
  });
});

test('after the last checkpoint only the chain speaks', async () => {
  forge(5, 'refused');
  expect(await audit('verify')).toMatchObject({
    exitCode: 0,
    said: expect.stringContaining('Anchored up to entry 3'),
  });
});

test('a checkpoint that nobody signed, or a stranger did, neither breaks a trail nor saves one', async () => {
  const genuine = await note();
  const [line = ''] = genuine.split('\n');
  const { statement } = JSON.parse(line) as { statement: string };
  const false_ = statement.replace(/"hash":"[0-9a-f]{4}/, '"hash":"0000');
  const stranger = await execa(
    'ssh-keygen',
    ['-Y', 'sign', '-n', 'devops-engineer-audit', '-f', path.join(pocket.dir, '.git/stranger')],
    { input: false_ },
  );
  const lines = [
    { statement: false_ },
    { statement: false_, signature: `${stranger.stdout}\n` },
    { statement: false_, signature: JSON.parse(line).signature },
  ];
  for (const one of lines) {
    await pocket.git(
      'notes',
      '--ref=devops-audit',
      'add',
      '-f',
      '-m',
      `${JSON.stringify(one)}\n${line}`,
      'HEAD',
    );
    const { exitCode, said } = await audit('verify');
    expect([exitCode, said]).toEqual([
      0,
      expect.stringMatching(/Note: a checkpoint of entry 3 does not count/),
    ]);
  }
  await pocket.git('notes', '--ref=devops-audit', 'add', '-f', '-m', JSON.stringify(lines[0]), 'HEAD');
  expect((await audit('verify')).said).toContain('nothing is anchored');
  await pocket.git('notes', '--ref=devops-audit', 'add', '-f', '-m', genuine, 'HEAD');
});

test('notes that were taken back here still count where a clone has them', async () => {
  await pocket.git('update-ref', 'refs/notes/elsewhere', 'refs/notes/devops-audit');
  await pocket.git('update-ref', '-d', 'refs/notes/devops-audit');
  database.exec('delete from audit where position > 1; delete from sqlite_sequence');
  expect((await audit('verify')).exitCode).toBe(0);
  expect(await audit('verify', '--anchors', 'refs/notes/elsewhere')).toMatchObject({
    exitCode: 5,
    said: expect.stringMatching(/BROKEN at entry 2: the trail went to entry 3 at/),
  });
  await pocket.git('update-ref', 'refs/notes/devops-audit', 'refs/notes/elsewhere');
});

test('without its key nothing is anchored, and the reason is told', async () => {
  const { AUDIT_KEY: key = '' } = pocket.environment;
  delete pocket.environment.AUDIT_KEY;
  await updateTask('done');
  expect(await audit('checkpoint')).toMatchObject({
    exitCode: 4,
    said: expect.stringContaining('AUDIT_KEY, the key of the audit trail, is not set'),
  });
  const why = '$AUDIT_KEY, the key of the audit trail, is not set';
  expect(await audit('verify')).toMatchObject({
    exitCode: 0,
    said: expect.stringMatching(
      /Note: 3 entries are not anchored[\s\S]*Note: the audit trail is not anchored from here: /,
    ),
  });
  expect(await pocket.command(['check'])).toMatchObject({
    exitCode: 2,
    stdout: expect.stringContaining(`audit: ${why}`),
  });
  const health = async () =>
    JSON.parse(
      (await pocket.command(['call', 'checkHealth', '{"environment":"staging"}', '--json'])).stdout,
    ).problems.filter((one: string) => one.includes('audit trail'));
  expect(await health()).toEqual([expect.stringContaining(why)]);
  pocket.environment.AUDIT_KEY = '.git/nowhere';
  expect((await pocket.command(['check'])).stdout).toContain('audit: there is no key of the audit trail');
  pocket.environment.AUDIT_KEY = key;
  expect(await health()).toEqual([]);
  // A deployment that ended where the key was missing, until something is anchored again.
  database.exec('pragma foreign_keys = off');
  const step = (at: string) =>
    database
      .prepare("insert or replace into steps values ('dep-1', 1, 'sealRecord', 'failed', ?, ?, ?)")
      .run(at, at, JSON.stringify({ message: 'it was not set' }));
  step('2099-01-01T00:00:00.000Z');
  expect(await health()).toEqual(['the audit trail was not anchored at the end of dep-1: it was not set']);
  step('2020-01-01T00:00:00.000Z');
  expect(await health()).toEqual([]);
});

test('a trail that begins anew where there was one is found, until a person says what became of the other', async () => {
  database.close();
  for (const end of ['', '-wal', '-shm'])
    await fs.rm(path.join(pocket.dir, `.devops/state.db${end}`), { force: true });
  await updateTask('in_progress');
  const { exitCode, said } = await audit('verify');
  expect(exitCode).toBe(5);
  const [, lost = ''] =
    /BROKEN at entry 1: the trail that was here, 3 entries at .*, is gone \(chain (\w+)\)/.exec(said) ?? [];
  expect(lost).not.toBe('');
  expect((await audit('checkpoint')).exitCode).toBe(5);
  expect((await audit('checkpoint', '--replaces', lost)).exitCode).toBe(2);
  expect((await audit('checkpoint', '--replaces', lost, '--reason', 'The disk broke.')).exitCode).toBe(0);
  expect(await audit('verify')).toMatchObject({
    exitCode: 0,
    said: expect.stringContaining('intact: 2 entries'),
  });
  database = new Database(path.join(pocket.dir, '.devops/state.db'));
});
