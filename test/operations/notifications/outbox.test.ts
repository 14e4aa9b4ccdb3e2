import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type App, openApp } from '../../../src/app.ts';
import { fileHumanRequest } from '../../../src/approvals/requests.ts';
import { escalateDue, escalationProblems } from '../../../src/operations/notifications/escalate.ts';
import { notify } from '../../../src/operations/notifications/notify.ts';
import { deliverOutbox, undelivered } from '../../../src/operations/notifications/outbox.ts';
import type { Caller, Project } from '../../../src/project.ts';
import { stateRows } from '../../state-rows.ts';
import { openReceiver, type Receiver } from './receiver.ts';

/** What becomes of a message, and of what nobody answers, in a project of its own with a receiver that listens. */

let dir: string;
let receiver: Receiver;
let other: Receiver;
const apps: App[] = [];
const caller: Caller = { kind: 'cli', user: 'tester' };

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'outbox-'));
  [receiver, other] = [await openReceiver(), await openReceiver()];
});
afterEach(async () => {
  receiver.behaves = 500;
  other.behaves = 500;
  for (const app of apps.splice(0)) await app.close();
  await Promise.all([receiver.close(), other.close()]);
  await rm(dir, { recursive: true, force: true });
});

const hook = {
  kind: 'webhook',
  url: '$HOOK',
  on: ['deployed', 'gateFailed', 'humanNeeded', 'approvalNeeded'],
};

async function configure(policy: object): Promise<void> {
  const target = { kind: 'command', deploy: 'true', rollback: 'true', version: 'true' };
  await writeFile(
    path.join(dir, 'devops.yaml'),
    stringify({
      project: 'shop',
      environments: {
        staging: { target: { ...target, url: 'http://127.0.0.1:9' } },
        production: { target: { ...target, url: 'http://127.0.0.1:10' } },
      },
      ...policy,
    }),
  );
}

/** The project as one process sees it. */
async function open(): Promise<Project> {
  const serverEnvironment = {
    PATH: process.env.PATH,
    HOOK: receiver.url,
    OTHER: other.url,
    DEPLOY_TOKEN: 'tok-4f9a8b7c6d5e',
  };
  const app = openApp({ projectDir: dir, serverEnvironment, isLongLived: true });
  apps.push(app);
  return app.project();
}

const sql = (text: string, ...values: unknown[]) => stateRows(dir, text, ...values);
const due = () => sql("update outbox set next_at = '2020-01-01T00:00:00.000Z' where delivered_at is null");
const waited = (hours: number) =>
  sql('update escalations set opened_at = ?', new Date(Date.now() - hours * 3_600_000).toISOString());
const actions = () =>
  sql('select action, subject, decision from audit').map((row) => Object.values(row).join(' '));

describe('a message', () => {
  const message = { environment: 'staging', subject: 'dep-1', text: 'It is live. tok-4f9a8b7c6d5e' };

  test('comes as JSON under its id, without secrets; the outbox knows the address by its name alone', async () => {
    await configure({ notify: [hook] });
    const project = await open();
    await notify(project, 'deployed', message);
    await notify(project, 'failed', message); // nobody listens to that
    await expect.poll(() => receiver.posts.length).toBe(1);
    const [post] = receiver.posts;
    expect(post).toMatchObject({
      key: post?.body.id,
      body: { event: 'deployed', project: 'shop', environment: 'staging', text: 'It is live. [redacted]' },
    });
    const bytes = (await readFile(path.join(dir, '.devops/state.db-wal'))).toString('latin1');
    expect(bytes).toContain('$HOOK');
    expect(bytes).not.toContain(receiver.url);
    expect(bytes).not.toContain('tok-4f9a8b7c6d5e');
  });

  test('that is queued again by a step that was killed is the same one', async () => {
    await configure({ notify: [hook, { ...hook, url: '$OTHER' }] });
    const project = await open();
    for (let count = 0; count < 3; count += 1)
      await notify(project, 'deployed', { ...message, once: 'dep-1' });
    await expect.poll(() => [receiver.posts.length, other.posts.length]).toEqual([1, 1]);
    await deliverOutbox(project);
    expect(sql('select id from outbox')).toHaveLength(2);
  });

  test('goes to those whose environments it concerns, and to all where it belongs to none', async () => {
    await configure({ notify: [hook, { ...hook, url: '$OTHER', environments: ['production'] }] });
    const project = await open();
    await notify(project, 'deployed', message);
    await notify(project, 'deployed', { ...message, environment: 'production' });
    await notify(project, 'humanNeeded', { subject: 'REQ-1', text: 'x' });
    await expect.poll(() => [receiver.posts.length, other.posts.length]).toEqual([3, 2]);
  });

  test('that nobody takes stays, shows, waits longer each time, and comes through at last, once', async () => {
    await configure({ notify: [hook] });
    const project = await open();
    receiver.behaves = 503;
    await notify(project, 'deployed', message);
    await expect
      .poll(() => undelivered(project))
      .toEqual({ count: 1, channels: ['webhook notify[0]'], lastError: 'the webhook answered 503' });
    const waits: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      due();
      await deliverOutbox(project);
      waits.push(Date.parse(sql('select next_at from outbox')[0].next_at) - Date.now());
    }
    expect(waits.map((ms) => Math.round(ms / 5_000))).toEqual([2, 4, 8]);
    await deliverOutbox(project); // it is not due
    expect(receiver.attempts).toHaveLength(4);
    receiver.behaves = 200;
    due();
    await deliverOutbox(project);
    due();
    await deliverOutbox(project);
    expect(receiver.posts).toHaveLength(1);
    expect(new Set(receiver.attempts.map(({ key }) => key)).size).toBe(1);
    expect(await undelivered(project)).toEqual({ count: 0, channels: [], lastError: undefined });
  });

  test('is sent by one of several processes that see it at the same time', async () => {
    await configure({ notify: [hook] });
    const first = await open();
    const projects = [first, await open(), await open()];
    receiver.behaves = 500;
    for (let count = 0; count < 30; count += 1) await notify(first, 'deployed', message);
    await expect.poll(async () => (await undelivered(first)).count).toBe(30);
    receiver.behaves = 200;
    due();
    await Promise.all(projects.map(deliverOutbox));
    await deliverOutbox(first);
    expect(receiver.posts).toHaveLength(30);
    expect(new Set(receiver.posts.map(({ key }) => key)).size).toBe(30);
  });

  test('whose sender died in the middle is sent by the next one, under the same id', async () => {
    await configure({ notify: [hook] });
    const project = await open();
    receiver.behaves = 'hang';
    await notify(project, 'deployed', message);
    await expect.poll(() => receiver.attempts.length).toBe(1);
    const [{ next_at }] = sql('select next_at from outbox');
    expect(Date.parse(next_at)).toBeGreaterThan(Date.now()); // others leave it alone for now
    receiver.behaves = 200;
    due(); // and then they do not
    await deliverOutbox(await open());
    expect(receiver.posts.map(({ key }) => key)).toEqual([receiver.attempts[0]?.key]);
    // What the first sender finds out afterwards changes nothing.
    await expect.poll(() => sql('select delivered_at from outbox')[0].delivered_at).not.toBeNull();
  });

  test('of a channel that hangs keeps those of others from nobody', async () => {
    await configure({ notify: [hook, { ...hook, url: '$OTHER' }] });
    const project = await open();
    receiver.behaves = 'hang';
    const startedAt = Date.now();
    for (let count = 0; count < 5; count += 1) await notify(project, 'deployed', message);
    expect(Date.now() - startedAt).toBeLessThan(4_000); // one attempt takes longer
    await expect.poll(() => other.posts.length, { timeout: 4_000 }).toBe(5);
  });

  test('that nobody took for a week is given up, on record', async () => {
    await configure({ notify: [hook] });
    const project = await open();
    receiver.behaves = 500;
    await notify(project, 'deployed', message);
    await expect.poll(async () => (await undelivered(project)).count).toBe(1);
    const at = new Date(Date.now() - 7 * 24 * 3_600_000 + 1_000).toISOString();
    sql('update outbox set created_at = ?, attempts = 12', at);
    due();
    await deliverOutbox(project);
    expect(actions().join()).toMatch(/notification\.giveUp msg-\w+ undelivered/);
    expect((await undelivered(project)).count).toBe(1); // and still shows
    sql('update outbox set created_at = ?', '2020-01-01T00:00:00.000Z');
    due();
    const tried = receiver.attempts.length;
    await deliverOutbox(project);
    expect(receiver.attempts).toHaveLength(tried);
  });

  test('of a kind that this version does not know, or without its variable, is not lost', async () => {
    await configure({ notify: [{ ...hook, url: '$NOT_SET' }] });
    const project = await open();
    await notify(project, 'deployed', message);
    await expect
      .poll(() => undelivered(project))
      .toMatchObject({ count: 1, lastError: 'the environment variable NOT_SET is not set' });
    sql('update outbox set channel = ?', '{"kind":"pigeon"}');
    due();
    await deliverOutbox(project);
    expect((await undelivered(project)).lastError).toContain('knows no channel of kind pigeon');
  });
});

describe('what nobody answers', () => {
  const chain = {
    notify: [
      hook,
      { name: 'on-call', kind: 'webhook', url: '$OTHER' },
      { name: 'boss', kind: 'webhook', url: '$OTHER' },
    ],
    escalation: [
      { after: '1h', agent: 'Product-Manager' },
      { after: '2h', channels: ['on-call'] },
      { after: '3h', agent: 'DevOps-Engineer', channels: ['boss'], environments: ['production'] },
    ],
  };
  const ask = (project: Project) =>
    fileHumanRequest(project, caller, {
      kind: 'decision',
      title: 'Go on?',
      description: 'x',
      priority: 'high',
    });
  const tasks = async () =>
    JSON.parse(await readFile(path.join(dir, 'tasks.json'), 'utf8')).map(
      (task: { agent: string }) => task.agent,
    );
  beforeEach(async () => {
    await configure(chain);
    await writeFile(path.join(dir, 'tasks.json'), '[]\n');
  });

  test('goes to the next link when its time has come, once for each, whoever else is at it', async () => {
    const [project, second] = [await open(), await open()];
    await ask(project);
    await escalateDue(project);
    expect(await tasks()).toEqual([]);
    waited(1.5);
    await Promise.all([project, second, project].map(escalateDue));
    expect(await tasks()).toEqual(['Product-Manager']);
    expect(other.attempts).toEqual([]);
    waited(2.5);
    await Promise.all([project, second].map(escalateDue));
    await escalateDue(await open());
    await expect
      .poll(() => other.posts.map(({ body }) => [body.event, body.subject, body.text]))
      .toEqual([['escalated', 'REQ-1001', 'Nobody has answered for 2h: REQ-1001 (decision): Go on?']]);
    waited(9);
    await escalateDue(project);
    await expect.poll(() => other.posts.length).toBe(2); // it belongs to no environment: the third link hears it
    expect(await tasks()).toEqual(['Product-Manager', 'DevOps-Engineer']);
    await escalateDue(project);
    expect(actions().filter((one) => one.startsWith('escalation.tell'))).toHaveLength(3);
  });

  test.each([
    ['types an answer', 'pending\n\nYes, go on.', 'answered in human-requests.md'],
    ['changes its status', 'in_progress', 'answered in human-requests.md'],
  ])('stops when a person %s', async (_, typed, why) => {
    const project = await open();
    await ask(project);
    const file = path.join(dir, 'human-requests.md');
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace('**Status:** pending', `**Status:** ${typed}`),
    );
    waited(5);
    await escalateDue(project);
    expect([await tasks(), other.attempts]).toEqual([[], []]);
    expect(sql('select closed_why from escalations')).toEqual([{ closed_why: why }]);
    expect(actions()).toContain('human.answer REQ-1001 unverified');
    expect(actions()).toContain('escalation.close REQ-1001 answered');
  });

  test('stops when its entry is moved, and waits while the file is that of another branch', async () => {
    const project = await open();
    await ask(project);
    waited(5);
    const file = path.join(dir, 'human-requests.md');
    const text = await readFile(file, 'utf8');
    await rm(file);
    await escalateDue(project);
    expect(await tasks()).toEqual([]);
    const [, entry = ''] = /(### REQ-1001[\s\S]*?)\n## /.exec(text) ?? [];
    await writeFile(file, `${text.replace(entry, '')}\n${entry}`);
    await escalateDue(project);
    expect(sql('select closed_why from escalations')[0].closed_why).toContain('Resolved');
  });

  test('a gate that goes on failing is one escalation for its environment, until it passes', async () => {
    const project = await open();
    const failed = (environment: string, once: string) =>
      notify(project, 'gateFailed', { environment, subject: `gate-${once}`, once, text: 'It failed.' });
    await failed('production', 'a');
    await failed('production', 'b');
    await failed('staging', 'c');
    expect(sql('select subject from escalations order by subject')).toEqual([
      { subject: 'gate-a' },
      { subject: 'gate-c' },
    ]);
    waited(4);
    const pass = (environment: string) =>
      sql(
        `insert into gates (id, environment, commit_sha, verdict, requirements, policy_digest, mode, caller, delivered, created_at, finished_at)
         values (?, ?, 'c', 'pass', '[]', 'p', 'none', '{}', 1, ?, ?)`,
        `gate-${environment}`,
        environment,
        new Date().toISOString(),
        new Date().toISOString(),
      );
    pass('staging');
    await escalateDue(project);
    expect(await tasks()).toEqual(['Product-Manager', 'DevOps-Engineer']);
    expect(sql('select subject, closed_why from escalations where closed_at is not null')).toEqual([
      { subject: 'gate-c', closed_why: 'gate-staging passed' },
    ]);
    pass('production');
    await failed('production', 'd');
    expect(sql("select subject from escalations where subject = 'gate-d'")).toHaveLength(1);
  });

  test('an approval that was given or has expired escalates no further', async () => {
    const project = await open();
    const approval = (id: string, status: string, expires: string) =>
      sql(
        `insert into approvals values (?, 'dep-1', 'production', '{}', 1, '[]', 'signed', ?, null, 'x', ?)`,
        id,
        status,
        expires,
      );
    await notify(project, 'deployed', { subject: 'x', text: 'so that there is a database' });
    approval('apr-1', 'approved', '2999');
    approval('apr-2', 'pending', '2020');
    approval('apr-3', 'pending', '2999');
    for (const subject of ['apr-1', 'apr-2', 'apr-3'])
      await notify(project, 'approvalNeeded', { environment: 'production', subject, text: 'x' });
    waited(1.5);
    await escalateDue(project);
    expect(sql('select subject, closed_why from escalations order by subject')).toEqual([
      { subject: 'apr-1', closed_why: 'approved' },
      { subject: 'apr-2', closed_why: 'expired' },
      { subject: 'apr-3', closed_why: null },
    ]);
    expect(await tasks()).toEqual(['Product-Manager']);
  });

  test('a board that cannot be written stops no people, shows, and is tried again', async () => {
    /** Its end waits for what it does in the background, which would look at the board that comes next. */
    const inOneProcess = async (act: (project: Project) => Promise<unknown>) => {
      await act(await open());
      for (const app of apps.splice(0)) await app.close();
    };
    await inOneProcess(ask);
    await writeFile(path.join(dir, 'tasks.json'), '[');
    waited(9);
    await inOneProcess(async (project) => {
      await escalateDue(project);
      await expect.poll(() => other.posts.length).toBe(2);
      expect(await escalationProblems(project)).toEqual([
        expect.stringMatching(/^the escalation of REQ-1001 is stuck: /),
      ]);
    });
    await writeFile(path.join(dir, 'tasks.json'), '[]');
    await inOneProcess(async (project) => {
      await escalateDue(project);
      expect(await tasks()).toEqual(['Product-Manager']);
      expect(await escalationProblems(project)).toEqual([]);
    });
  });
});
