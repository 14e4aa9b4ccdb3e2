import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { execa, type ResultPromise } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApp } from '../../src/app.ts';
import {
  type ApprovalFacts,
  approvalNamespace,
  readStatement,
  rejectionOf,
  writeStatement,
} from '../../src/approvals/statement.ts';
import { runDeployment } from '../../src/deployments/runner.ts';
import { digestOf } from '../../src/platform/digest.ts';
import { packageDir } from '../../src/platform/self.ts';
import { signStatement } from '../../src/platform/signatures.ts';
import { createPocket, type Pocket } from '../e2e/pocket.ts';

/**
 * Every way we know to make up an approval: at the command line, and by writing into the database what no command would.
 * Two of the stakeholders have to sign. Each forgery begins from the same moment, in which nobody has answered.
 */

let pocket: Pocket;
let folder: string;
let deploymentId: string;
let requestId: string;
let statement: string;
let facts: ApprovalFacts;

const people = ['sam', 'ada', 'eve', 'old', 'new', 'gone', 'git', 'robot', 'star', 'plain', 'alias'] as const;
type Person = (typeof people)[number];
const keyOf = (name: Person) => path.join(folder, name);
const mail = (name: string) =>
  name === 'robot' ? userInfo().username : name === 'plain' ? 'plain' : `${name}@pocket.example`;
const far = '20990101';

/** Sue signs with a security key: its firmware is written out below. */
let sue: { line: string; sign(text: string, touched?: boolean): string };

beforeAll(async () => {
  pocket = await createPocket();
  folder = path.join(pocket.dir, '.git', 'keys');
  await fs.mkdir(folder);
  for (const name of people) {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', keyOf(name)]);
  }
  const pub = async (name: Person) => (await fs.readFile(`${keyOf(name)}.pub`, 'utf8')).trim();
  sue = securityKey();
  const signers = [
    `${mail('sam')} ${await pub('sam')}`,
    `${mail('sue')} ${sue.line}`,
    `${mail('ada')} ${await pub('ada')}`,
    `${mail('old')} valid-before="20200101" ${await pub('old')}`,
    `${mail('new')} valid-after="${far}" ${await pub('new')}`,
    `${mail('gone')} ${await pub('gone')}`,
    `${mail('git')} namespaces="git" ${await pub('git')}`,
    `${mail('robot')} ${await pub('robot')}`,
    `*@pocket.example ${await pub('star')}`,
    `plain ${await pub('plain')}`,
    `alias@pocket.example,${mail('ada')} ${await pub('alias')}`,
  ];
  await fs.writeFile(path.join(pocket.dir, '.stakeholders'), `${signers.join('\n')}\n`);
  await fs.writeFile(path.join(pocket.dir, '.owners'), `samantha@pocket.example ${await pub('sam')}\n`);
  await fs.writeFile(path.join(pocket.dir, '.revoked'), `${await pub('gone')}\n`);
  await pocket.configure((config) => {
    config.approvers = {
      stakeholder: { allowedSigners: '.stakeholders', revokedKeys: '.revoked' },
      owner: { allowedSigners: '.owners' },
    };
    config.environments.staging.gate = {};
    config.environments.staging.approvals = { required: 2, from: ['stakeholder', 'owner'], level: 'signed' };
  });
  const asked = await pocket.cli(['deploy', 'staging', '--wait', '40', '--json']);
  const data = JSON.parse(asked.stdout);
  expect(data.state).toBe('waitingForApproval');
  ({ deploymentId } = data);
  ({ requestId } = data.approvalRequest);
  ({ statement } = await row<{ statement: string }>('select statement from approvals'));
  facts = readStatement(statement) as ApprovalFacts;
  await copyState('.devops', 'before');
});
afterAll(() => pocket.destroy());

/**
 * The state, there and back. In a process of its own: a file of a database that is closed takes all locks with it that
 * its process holds on the database, those of a connection which waits for the garbage collector included.
 * https://www.sqlite.org/howtocorrupt.html, section 2.2
 */
const copyState = async (from: '.devops' | 'before', to: '.devops' | 'before') => {
  const folder = (name: string) => path.join(pocket.dir, name === 'before' ? '.git/before' : name);
  await execa('sh', [
    '-c',
    'mkdir -p "$2" && rm -f "$2"/state.db* && cp "$1"/state.db* "$2"',
    'sh',
    folder(from),
    folder(to),
  ]);
};

interface Sqlite {
  // biome-ignore lint/suspicious/noExplicitAny: rows of every table
  prepare(sql: string): { run(...values: unknown[]): void; get(...values: unknown[]): any };
  close(): void;
}
async function withDatabase<T>(use: (database: Sqlite) => T | Promise<T>): Promise<T> {
  const { default: Database } = await import('libsql');
  const place = path.join(pocket.dir, '.devops/state.db');
  const database = new Database(place, { timeout: 5_000 }) as unknown as Sqlite;
  try {
    return await use(database);
  } finally {
    database.close();
  }
}
const row = <T>(sql: string) =>
  withDatabase((database) => {
    const { _metadata, ...found } = database.prepare(sql).get();
    return found as T;
  });

const signedBy = (name: Person, text = statement, namespace = approvalNamespace) =>
  signStatement({ statement: text, keyFile: keyOf(name), namespace });

/** What a command line says that refuses. */
async function refused(args: string[], input?: string): Promise<string> {
  const { exitCode, stderr } = await pocket.cli(
    ['approve', requestId, ...args],
    input === undefined ? {} : { input },
  );
  expect([exitCode, stderr]).toEqual([4, expect.stringMatching(/^SIGNATURE_REFUSED: [^\n]+\nRemedy: /)]);
  return stderr;
}

describe('at the command line', () => {
  test.each<[string, Person | undefined, RegExp]>([
    ['no key', undefined, /needs a signed answer/],
    [
      'the wrong key',
      'eve',
      /stakeholder: the signature is not accepted by \.stakeholders: its key is unknown/,
    ],
    ['a key that has expired', 'old', /the key has expired/],
    ['a key that is not valid yet', 'new', /the key is not yet valid/],
    ['a key that was revoked', 'gone', /revoked/],
    ['a key for another purpose', 'git', /the signature does not hold: .*(not permitted|namespace)/],
    ['a key of no single person', 'star', /names no single person/],
    ['the author of the commit', 'ada', /ada@pocket\.example wrote the commit and cannot approve it/],
    ['whoever asked for the deployment', 'robot', /asked for this deployment and cannot approve it/],
    ['the author under another name of the key', 'alias', /ada@pocket\.example wrote the commit/],
    ['somebody who cannot be told from the author', 'plain', /plain is no mail address, so nobody can tell/],
  ])('%s is refused', async (_, name, reason) => {
    expect(await refused(name === undefined ? [] : ['--key', keyOf(name)])).toMatch(reason);
  });

  test.each<[string, () => Promise<string> | string, RegExp]>([
    ['no signature', () => 'I approve\n', /it is no SSH signature/],
    ['one for another namespace', () => signedBy('sam', statement, 'file'), /made for another namespace/],
    [
      'that of a rejection',
      () => signedBy('sam', rejectionOf(statement, 'no')),
      /not the one that was signed/,
    ],
    [
      'one of another request',
      () => signedBy('sam', writeStatement({ ...facts, requestId: 'apr_other', nonce: 'apr_n' })),
      /not the one that was signed/,
    ],
    ['one of a security key that nobody touched', () => sue.sign(statement, false), /was not touched/],
  ])('as a signature from elsewhere, %s is refused', async (_, make, reason) => {
    expect(await refused(['--signature', '-'], await make())).toMatch(reason);
  });

  test('nothing of all that was taken down as an answer', async () => {
    expect(await row('select count(*) as n from approval_answers')).toEqual({ n: 0 });
    const refusals = `select count(*) as n from audit where action = 'approval.approve.refused' and decision = 'SIGNATURE_REFUSED'`;
    expect(await row(refusals)).toEqual({ n: 16 }); // all of them are on record
  });
});

type Forgery = (database: Sqlite) => Promise<void>;
const answered =
  (...answers: [name: string, signature: string | Promise<string>, decision?: string][]): Forgery =>
  async (database) => {
    database.prepare(`update approvals set status = 'approved'`).run();
    for (const [name, signature, decision = 'approve'] of answers) {
      database
        .prepare(`insert into approval_answers values (?, ?, 'stakeholder', 'signed', ?, null, null, ?, ?)`)
        .run(requestId, mail(name), decision, await signature, new Date().toISOString());
    }
  };
/** The request itself is exchanged, with the true signatures of those who once signed such a one. */
const exchanged =
  (change: Partial<ApprovalFacts>, { trailToo = false } = {}): Forgery =>
  async (database) => {
    const other = writeStatement({ ...facts, ...change });
    database.prepare('update approvals set statement = ?').run(other);
    await answered(['sam', signedBy('sam', other)], ['sue', sue.sign(other)])(database);
    if (!trailToo) return;
    const entry = database.prepare(`select detail from audit where action = 'approval.request'`).get();
    const detail = JSON.stringify({ ...JSON.parse(entry.detail), statement: digestOf(other) });
    database.prepare(`update audit set detail = ? where action = 'approval.request'`).run(detail);
  };
const both = () => answered(['sam', signedBy('sam')], ['sue', sue.sign(statement)]);
const after =
  (forge: Forgery, sql: string): Forgery =>
  async (database) => {
    await forge(database);
    database.prepare(sql).run();
  };

test.each<[string, () => Forgery, string, RegExp]>([
  ['made-up signatures', () => answered(['sam', 'x'], ['sue', 'y']), 'SIGNATURE_REFUSED', /no SSH signature/],
  [
    'the wrong key under a right name',
    () => answered(['sam', signedBy('eve')], ['sue', sue.sign(statement)]),
    'SIGNATURE_REFUSED',
    /its key is unknown/,
  ],
  [
    'signatures for another namespace',
    () => answered(['sam', signedBy('sam', statement, 'devops-engineer-override')], ['sue', 'y']),
    'SIGNATURE_REFUSED',
    /another namespace/,
  ],
  ['an expired key', () => answered(['old', signedBy('old')]), 'SIGNATURE_REFUSED', /key has expired/],
  ['a revoked key', () => answered(['gone', signedBy('gone')]), 'SIGNATURE_REFUSED', /revoked/],
  [
    'a rejection, told as an approval',
    () => answered(['sam', signedBy('sam', rejectionOf(statement, 'not today'))]),
    'SIGNATURE_REFUSED',
    /not the one that was signed/,
  ],
  [
    'approvals beside a rejection',
    () => answered(['sam', signedBy('sam')], ['sue', sue.sign(statement)], ['rita', 'said so', 'reject']),
    'APPROVAL_VOID',
    /rita@pocket\.example rejected it/,
  ],
  [
    'one key under two names',
    () => answered(['sam', signedBy('sam')], ['sue', signedBy('sam')]),
    'SIGNATURE_REFUSED',
    /the signature is sam@pocket\.example's, the record says sue@/,
  ],
  [
    'one key in two roles',
    () => answered(['sam', signedBy('sam')], ['samantha', signedBy('sam')]),
    'SIGNATURE_REFUSED',
    /is sam@pocket\.example's, the record says samantha@/,
  ],
  [
    'too few, where the record demands no more',
    () => after(answered(['sam', signedBy('sam')]), 'update approvals set required = 1'),
    'APPROVAL_VOID',
    /too few people approved: 1 of the 2/,
  ],
  [
    'no signature, where the record demands none',
    () => after(answered(['sam', ''], ['sue', '']), `update approvals set level = 'unverified'`),
    'SIGNATURE_REFUSED',
    /no SSH signature/,
  ],
  [
    'the author, where the record names another',
    () =>
      after(
        answered(['ada', signedBy('ada')], ['sam', signedBy('sam')]),
        `update deployments set author = 'bob@pocket.example'`,
      ),
    'SIGNATURE_REFUSED',
    /ada@pocket\.example wrote the commit/,
  ],
  [
    'whoever asked for it',
    () => answered(['robot', signedBy('robot')], ['sam', signedBy('sam')]),
    'SIGNATURE_REFUSED',
    /asked for this deployment/,
  ],
  [
    'signatures of another commit',
    () => answered(['sam', signedBy('sam', writeStatement({ ...facts, commit: 'f'.repeat(40) }))]),
    'SIGNATURE_REFUSED',
    /not the one that was signed/,
  ],
  [
    'a request that was made to read better',
    () =>
      after(both(), `update approvals set statement = replace(statement, '"plan":[', '"plan":["nothing",')`),
    'APPROVAL_VOID',
    /not what the audit trail tells of/,
  ],
  [
    'the approved request of another deployment',
    () => exchanged({ deploymentId: 'dep_other', requestId: 'apr_other' }),
    'APPROVAL_VOID',
    /not what the audit trail tells of/,
  ],
  [
    'the same, with the trail rewritten',
    () => exchanged({ deploymentId: 'dep_other', requestId: 'apr_other' }, { trailToo: true }),
    'APPROVAL_VOID',
    /has changed since: requestId, deploymentId/,
  ],
  [
    'one for another commit, with the trail rewritten',
    () => exchanged({ commit: 'f'.repeat(40) }, { trailToo: true }),
    'APPROVAL_VOID',
    /has changed since: commit$/,
  ],
  [
    'one for another environment, with the trail rewritten',
    () => exchanged({ environment: 'production' }, { trailToo: true }),
    'APPROVAL_VOID',
    /has changed since: environment$/,
  ],
  [
    'one of another project, with the trail rewritten',
    () => exchanged({ project: 'other' }, { trailToo: true }),
    'APPROVAL_VOID',
    /has changed since: project$/,
  ],
  [
    'one that has expired, with the trail rewritten',
    () => exchanged({ expiresAt: '2020-01-01T00:00:00.000Z' }, { trailToo: true }),
    'APPROVAL_VOID',
    /a time that ended at 2020/,
  ],
  [
    'true ones, for an artifact that was exchanged afterwards',
    () => after(both(), `update deployments set artifact_digest = 'sha256:other'`),
    'APPROVAL_VOID',
    /has changed since: artifact$/,
  ],
  [
    'true ones that were used before',
    () =>
      after(
        both(),
        `insert into audit (at, actor, action, subject, decision, detail, previous, hash) select at, actor, 'deployment.deployed', deployment_id, 'deployed', '{}', 'x', 'x' from audit, approvals where action = 'approval.request'`,
      ),
    'APPROVAL_VOID',
    /used before/,
  ],
  [
    'none, for a request that a runner closed as expired before it died,',
    () => async (database) => {
      database.prepare(`update approvals set status = 'expired'`).run();
    },
    'APPROVAL_EXPIRED',
    /expired at/,
  ],
  [
    'none, for one that it closed as void,',
    () => async (database) => {
      database.prepare(`update approvals set status = 'void'`).run();
    },
    'APPROVAL_VOID',
    /was closed/,
  ],
])('written into the database, %s do not count', async (_, forgery, code, reason) => {
  await copyState('before', '.devops');
  await withDatabase(await forgery());
  await runOn();
  const { state, failure } = await row<{ state: string; failure: string }>(
    'select state, failure from deployments',
  );
  expect([state, JSON.parse(failure)]).toEqual([
    'failed',
    expect.objectContaining({ code, message: expect.stringMatching(reason) }),
  ]);
});

/** What the server starts once people have answered, in this process. */
async function runOn(): Promise<void> {
  const app = openApp({ projectDir: pocket.dir, serverEnvironment: pocket.environment });
  try {
    await runDeployment(await app.project(), deploymentId);
  } finally {
    await app.close();
  }
}

test('a signer who was added by hand is in the trail and in the status, and lets nothing pass', async () => {
  await copyState('before', '.devops');
  const before = await pocket.read('.stakeholders');
  const eve = (await fs.readFile(`${keyOf('eve')}.pub`, 'utf8')).trim();
  await fs.writeFile(path.join(pocket.dir, '.stakeholders'), `${before}eve@pocket.example ${eve}\n`);
  const answer = await pocket.cli(['approve', requestId, '--key', keyOf('eve')]);
  expect([answer.exitCode, answer.stderr]).toEqual([
    4,
    expect.stringMatching(/^APPROVAL_VOID: .*policyDigest/),
  ]);
  const trail = (await pocket.cli(['audit', 'export'])).stdout;
  const change = trail.split('\n').find((line) => line.includes('"policy.change"')) ?? '{}';
  expect(JSON.parse(change)).toMatchObject({
    decision: 'weaker',
    detail: { changes: [expect.stringMatching(/^approvers\.stakeholder\.signers: .*eve@pocket\.example/)] },
  });
  expect((await pocket.cli(['status', 'staging'])).stdout).toMatch(
    /the policy in force demands less than the approved one: approvers\.stakeholder\.signers: .*eve@/,
  );
  await copyState('before', '.devops');
  await withDatabase(both());
  await runOn();
  expect(await row('select state, failure from deployments')).toMatchObject({
    state: 'failed',
    failure: expect.stringMatching(/policy \(weaker than approved policy/),
  });
  await fs.writeFile(path.join(pocket.dir, '.stakeholders'), before);
});

describe('those who may', () => {
  let sshAgent: ResultPromise | undefined;
  afterAll(() => {
    sshAgent?.kill();
  });

  test('approve through an SSH agent, and with a security key that is elsewhere', async () => {
    await copyState('before', '.devops');
    const socket = path.join(folder, 'agent');
    sshAgent = execa('ssh-agent', ['-D', '-a', socket], { reject: false });
    pocket.environment.SSH_AUTH_SOCK = socket;
    await expect
      .poll(() => execa('ssh-add', [keyOf('sam')], { env: { SSH_AUTH_SOCK: socket }, reject: false }))
      .toMatchObject({ exitCode: 0 });
    await fs.rename(keyOf('sam'), `${keyOf('sam')}.away`); // only the agent has it
    const first = await pocket.cli(['approve', requestId, '--key', `${keyOf('sam')}.pub`]);
    expect([first.exitCode, first.stdout]).toEqual([0, expect.stringMatching(/pending .*; 1 of 2 needed/)]);
    const again = await pocket.cli(['approve', requestId, '--key', `${keyOf('sam')}.pub`]);
    expect(again.stdout).toMatch(/pending .*; 1 of 2 needed/);

    const shown = await execa(
      process.execPath,
      [path.join(packageDir, 'dist/cli.js'), '--project', pocket.dir, 'approve', requestId, '--statement'],
      { env: pocket.environment, extendEnv: false, stripFinalNewline: false },
    );
    expect(shown.stdout).toBe(statement);
    expect(shown.stderr).toContain('Plan:');
    const second = await pocket.cli(['approve', requestId, '--signature', '-'], {
      input: sue.sign(shown.stdout),
    });
    expect([second.exitCode, second.stdout]).toEqual([0, expect.stringMatching(/approved by .*sue@/)]);
    await expect
      .poll(() => row('select state from deployments'), { timeout: 40_000 })
      .toEqual({ state: 'deployed' });
  });
});

/** A security key as a program: how such keys sign stands in PROTOCOL.u2f of OpenSSH. */
function securityKey(): typeof sue {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const string = (value: string | Uint8Array) => {
    const bytes = Buffer.from(value as Uint8Array);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.length);
    return Buffer.concat([size, bytes]);
  };
  const kind = 'sk-ssh-ed25519@openssh.com';
  const key = Buffer.concat([string(kind), string(raw), string('ssh:')]);
  const sha = (name: string, bytes: string | Uint8Array) => createHash(name).update(bytes).digest();
  return {
    line: `${kind} ${key.toString('base64')}`,
    sign(text, touched = true) {
      const common = [string(approvalNamespace), string(''), string('sha512')];
      const toSign = Buffer.concat([Buffer.from('SSHSIG'), ...common, string(sha('sha512', text))]);
      const state = Buffer.from([touched ? 1 : 0, 0, 0, 0, 7]); // flags and a counter
      const data = Buffer.concat([sha('sha256', 'ssh:'), state, sha('sha256', toSign)]);
      const made = Buffer.concat([string(kind), string(sign(null, data, privateKey as KeyObject)), state]);
      const version = Buffer.from([0, 0, 0, 1]);
      const blob = Buffer.concat([Buffer.from('SSHSIG'), version, string(key), ...common, string(made)]);
      const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
      return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
    },
  };
}
