import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { create } from 'tar';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { writeManifest } from '../../../src/audit/bundle/manifest.ts';
import { verifyBundle } from '../../../src/audit/bundle/verify.ts';
import { digestOf } from '../../../src/platform/digest.ts';
import { type Agent, createPocket, type Pocket } from '../../e2e/pocket.ts';
import { stateRows } from '../../state-rows.ts';

/** A deployment that a person approved, exported, carried away, and changed in every way. */

let pocket: Pocket;
let agent: Agent;
let genuine: string;
let bundle: string;
let deploymentId: string;
let trusted: string;
const keyOf = (name: string) => path.join(pocket.dir, '.git', name);
const lineOf = async (name: string) => `${name}@pocket.example ${await pocket.read(`.git/${name}.pub`)}`;

beforeAll(async () => {
  pocket = await createPocket();
  for (const name of ['trail', 'sam'])
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', keyOf(name)]);
  await fs.writeFile(path.join(pocket.dir, '.auditors'), await lineOf('trail'));
  await fs.writeFile(path.join(pocket.dir, '.approvers'), await lineOf('sam'));
  trusted = await lineOf('trail');
  await pocket.configure((config) => {
    config.audit = { key: '.git/trail', allowedSigners: '.auditors' };
    config.approvers = { stakeholder: { allowedSigners: '.approvers' } };
    config.environments.staging.approvals = { required: 1, from: ['stakeholder'], level: 'signed' };
  });
  agent = await pocket.connectHere();
  const { data } = await agent.call('deploy', { environment: 'staging', waitSeconds: 60 });
  expect(data.state).toBe('waitingForApproval');
  deploymentId = data.deploymentId;
  const yes = await pocket.command(['approve', data.approvalRequest.requestId, '--key', keyOf('sam')]);
  expect([yes.exitCode, yes.stderr]).toEqual([0, '']);
  const { data: end } = await agent.call('getDeployment', { deploymentId, waitSeconds: 60 });
  expect(end.deployment.state).toBe('deployed');
  await vi.waitFor(
    async () => expect((await trail()).map(({ action }) => action)).toContain('deployment.record'),
    { timeout: 30_000, interval: 500 },
  );
  genuine = path.join(pocket.dir, 'genuine');
  bundle = path.join(pocket.dir, 'bundle');
  const out = await pocket.cli(['audit', 'export', '--deployment', deploymentId, '--out', genuine]);
  expect([out.exitCode, out.stdout]).toEqual([
    0,
    expect.stringMatching(/\d+ files, manifest sha256:\w+, signed$/),
  ]);
});
afterAll(async () => {
  await agent.close();
  await pocket.destroy();
});
beforeEach(async () => {
  await fs.rm(bundle, { recursive: true, force: true });
  await fs.cp(genuine, bundle, { recursive: true });
});

async function trail(): Promise<{ action: string; subject: string; detail: Record<string, unknown> }[]> {
  const { stdout } = await pocket.command(['audit', 'export']);
  return stdout.split('\n').map((line) => JSON.parse(line));
}
const files = async () =>
  (await fs.readdir(bundle, { recursive: true, withFileTypes: true })).flatMap((entry) =>
    entry.isFile() ? [path.relative(bundle, path.join(entry.parentPath, entry.name))] : [],
  );
const named = async (start: string) => (await files()).find((name) => name.startsWith(start)) ?? '';
// biome-ignore lint/suspicious/noExplicitAny: parts of every kind are changed here
async function editJson(name: string, change: (value: any) => void) {
  const file = path.join(bundle, name);
  const value = JSON.parse(await fs.readFile(file, 'utf8'));
  change(value);
  await fs.writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}
/** Makes the manifest fit what was changed, as whoever changes it would; it cannot be signed again. */
async function adaptManifest() {
  const { format: _, ...manifest } = JSON.parse(
    await fs.readFile(path.join(bundle, 'manifest.json'), 'utf8'),
  );
  for (const file of manifest.files) {
    const content = await fs.readFile(path.join(bundle, file.path));
    file.bytes = content.length;
    file.digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  }
  await fs.writeFile(path.join(bundle, 'manifest.json'), writeManifest(manifest));
  await fs.rm(path.join(bundle, 'manifest.json.sig'), { force: true });
}
const problems = async (signers = trusted) => (await verifyBundle(bundle, signers)).problems;

test('the report of the project shows who signed', async () => {
  const { stdout } = await pocket.command(['audit', 'report', '--json']);
  const { controls, changes } = JSON.parse(stdout);
  expect(changes).toMatchObject([
    { id: deploymentId, signed: ['sam@pocket.example'], verified: true, sealed: true },
  ]);
  const recorded = controls.find(({ asks }: { asks: string }) => asks.startsWith('Changes are recorded'));
  expect(recorded).toMatchObject({
    standing: 'evidenced',
    evidence: expect.arrayContaining([expect.stringMatching(/signed by trail@pocket\.example$/)]),
  });
});

test('holds everything that was proven, decided and said, and is intact', async () => {
  const all = await files();
  for (const kind of [
    'deployment.json',
    'policy.json',
    'gates/',
    'evidence/',
    'reports/',
    'approvals/',
    'audit.jsonl',
    'checkpoints.jsonl',
    `logs/${deploymentId}.log`,
    'manifest.json.sig',
    'README.md',
  ])
    expect(
      all.some((name) => name.startsWith(kind)),
      kind,
    ).toBe(true);
  const state = await verifyBundle(bundle, trusted);
  expect(state).toMatchObject({
    problems: [],
    notices: [],
    trust: 'given',
    signedBy: 'trail@pocket.example',
    anchored: { signedBy: 'trail@pocket.example' },
    manifest: { deployment: deploymentId, environment: 'staging', missing: [] },
  });
  const exported = (await trail()).find(({ action }) => action === 'audit.export');
  expect(exported).toMatchObject({ subject: deploymentId, detail: { manifest: state.digest } });
});

test('rows that decisions rest on are held against the trail where they are', async () => {
  const verify = async () => pocket.command(['audit', 'verify']);
  const is = await verify();
  expect([is.exitCode, is.stdout]).toEqual([0, expect.not.stringContaining('NOT AS TOLD')]);
  const changes = [
    ['deployments', 'state', "'failed'", `deployment ${deploymentId} is failed, and the trail says deployed`],
    ['deployments', 'commit_sha', "'0000'", `deployment ${deploymentId}: the trail tells of another request`],
    ['gates', 'verdict', "'fail'", 'gate .*: the trail tells of another verdict'],
    ['evidence', 'evidence', "'{}'", 'evidence .*: the trail tells of other evidence'],
    ['approvals', 'required', '0', 'approval .*: the trail tells of another request'],
    ['approvals', 'status', "'rejected'", 'approval .* is rejected, and the trail says approved'],
    ['approval_answers', 'approver', "'eve'", 'approval .*: the trail does not tell of the answer of eve'],
    ['approval_answers', 'approver', "'eve'", 'approval .*: the answer of sam@pocket.example is missing'],
  ] as const;
  const before = changes.map(([table, column]) =>
    stateRows(pocket.dir, `select rowid as id, ${column} as value from ${table}`),
  );
  for (const [table, column, other] of changes)
    stateRows(pocket.dir, `update ${table} set ${column} = ${other}`);
  const { exitCode, stdout } = await verify();
  expect(exitCode).toBe(5);
  for (const [, , , said] of changes) expect(stdout).toMatch(new RegExp(`NOT AS TOLD: ${said}`));
  for (const [at, [table, column]] of changes.entries())
    for (const { id, value } of before[at] ?? [])
      stateRows(pocket.dir, `update ${table} set ${column} = ? where rowid = ?`, value, id);
  expect((await verify()).stdout).toBe(is.stdout);
});

test('as a tar file it is the same, and the command line says so without any project', async () => {
  const tar = path.join(pocket.dir, 'evidence.tar');
  expect(
    (await pocket.command(['audit', 'export', '--deployment', deploymentId, '--out', tar])).exitCode,
  ).toBe(0);
  const { exitCode, stdout } = await pocket.cli(['audit', 'verify', tar, '--signers', '.auditors']);
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('The bundle is intact')]);
  expect(stdout).toContain('signed by trail@pocket.example');
  expect(
    (await pocket.command(['audit', 'export', '--deployment', deploymentId, '--out', tar])).exitCode,
  ).toBe(5);
  const own = await pocket.command(['audit', 'verify', bundle]);
  expect([own.exitCode, own.stdout]).toEqual([
    0,
    expect.stringContaining('by the list in the bundle itself'),
  ]);
});

test('a changed byte of any file, a file that is gone, and one more are found', async () => {
  const judged = () =>
    verifyBundle(bundle, trusted).then(
      ({ problems, notices }) => ({ problems, notices }),
      (error: Error) => ({ problems: [error.message], notices: [] }),
    );
  const change = async (name: string, at: number) => {
    const content = await fs.readFile(path.join(bundle, name));
    content[at] = (content[at] ?? 0) ^ 0x01;
    await fs.writeFile(path.join(bundle, name), content);
  };
  const all = await files();
  for (const name of all.filter((one) => one.startsWith('manifest'))) {
    const before = await fs.readFile(path.join(bundle, name));
    for (const at of [0, Math.floor(before.length / 2), before.length - 1]) {
      await change(name, at);
      expect((await judged()).problems, `${name} at ${at}`).not.toEqual([]);
      await fs.writeFile(path.join(bundle, name), before);
    }
    await fs.rm(path.join(bundle, name));
    const { problems, notices } = await judged();
    expect([...problems, ...notices].join(), name).toMatch(/missing|not signed/);
    await fs.writeFile(path.join(bundle, name), before);
  }
  // Of what the manifest names, one file is changed, at one end or the other, while another is gone: both are named.
  const named = all.filter((one) => !one.startsWith('manifest'));
  for (const [index, name] of named.entries()) {
    const other = named[(index + 1) % named.length] ?? '';
    const before = await Promise.all([name, other].map((one) => fs.readFile(path.join(bundle, one))));
    const { length } = before[0] ?? [];
    await change(name, [0, Math.floor(length / 2), length - 1][length % 3] ?? 0);
    await fs.rm(path.join(bundle, other));
    expect((await judged()).problems).toEqual(
      expect.arrayContaining([`${name}: was changed`, `${other}: is missing`]),
    );
    for (const [at, one] of [name, other].entries())
      await fs.writeFile(path.join(bundle, one), before[at] ?? '');
  }
  await fs.writeFile(path.join(bundle, 'logs/other.log'), 'all went well');
  expect(await problems()).toEqual(['logs/other.log: is not in the manifest']);
  await fs.rm(path.join(bundle, 'logs/other.log'));
  await fs.symlink('/etc/hostname', path.join(bundle, 'logs/link.log'));
  expect(await problems()).toEqual(['logs/link.log: neither a file nor a folder']);
}, 180_000);

test.each<[string, () => Promise<unknown>, RegExp]>([
  [
    'another end of the deployment',
    () =>
      editJson('deployment.json', (it) => {
        it.state = 'failed';
      }),
    /the trail does not say that it is failed/,
  ],
  [
    'another commit',
    () =>
      editJson('deployment.json', (it) => {
        it.commit_sha = '0'.repeat(40);
      }),
    /is not the deployment that the manifest names/,
  ],
  [
    'a better verdict of a requirement',
    async () =>
      editJson(await named('gates/'), (it) => {
        it.requirements[0].verdict = 'fail';
      }),
    /the trail tells of another verdict/,
  ],
  [
    'other evidence',
    async () =>
      editJson(await named('evidence/'), (it) => {
        it.evidence.conclusive = 'very';
      }),
    /the trail tells of other evidence/,
  ],
  [
    'another report',
    async () => fs.appendFile(path.join(bundle, await named('reports/')), ' '),
    /is not the report of its name/,
  ],
  [
    'a log without a line',
    async () => {
      const file = path.join(bundle, `logs/${deploymentId}.log`);
      const lines = (await fs.readFile(file, 'utf8')).split('\n');
      await fs.writeFile(file, lines.toSpliced(2, 1).join('\n'));
    },
    /is not the log that the trail tells of/,
  ],
  [
    'another statement',
    async () =>
      editJson(await named('approvals/'), (it) => {
        it.statement = it.statement.replace('staging', 'sandbox');
      }),
    /the statement is not the one that was signed/,
  ],
  [
    'another approver',
    async () =>
      editJson(await named('approvals/'), (it) => {
        it.answers[0].approver = 'eve@pocket.example';
      }),
    /does not tell of the answer of eve@pocket.example/,
  ],
  [
    'another policy',
    () =>
      editJson('policy.json', (it) => {
        it.content = it.content.replace('"required":1', '"required":0');
      }),
    /is not the policy that the deployment was judged by/,
  ],
  [
    'other signers',
    () =>
      editJson('policy.json', (it) => {
        it.signers['.approvers'] = '';
      }),
    /is not the policy|are not known/,
  ],
  [
    'a trail without an entry',
    async () => {
      const file = path.join(bundle, 'audit.jsonl');
      await fs.writeFile(file, (await fs.readFile(file, 'utf8')).split('\n').toSpliced(3, 1).join('\n'));
    },
    /audit.jsonl: entry \d+: entry \d+ is missing/,
  ],
])('with a manifest that fits, %s is found', async (_, change, why) => {
  await change();
  await adaptManifest();
  const state = await verifyBundle(bundle, trusted);
  expect(state.problems.join('\n')).toMatch(why);
  expect((await verifyBundle(bundle)).notices).toContain('the manifest is not signed');
});

test('a manifest that somebody else signed is refused', async () => {
  await adaptManifest();
  const manifest = await fs.readFile(path.join(bundle, 'manifest.json'), 'utf8');
  const { stdout } = await execa(
    'ssh-keygen',
    ['-Y', 'sign', '-n', 'devops-engineer-audit-bundle', '-f', keyOf('sam')],
    { input: manifest },
  );
  await fs.writeFile(path.join(bundle, 'manifest.json.sig'), `${stdout}\n`);
  expect(await problems()).toEqual([
    expect.stringMatching(/^manifest.json.sig: the signature is not accepted/),
  ]);
});

test('without signatures it proves nothing to a reader who says whom they believe', async () => {
  await fs.writeFile(path.join(bundle, 'checkpoints.jsonl'), '');
  await adaptManifest();
  expect(await problems()).toEqual([
    expect.stringContaining('the manifest is not signed, and --signers asks for a signature'),
    expect.stringContaining('no checkpoint counts, and --signers asks for a signature'),
  ]);
  expect(await problems('')).toHaveLength(2); // a list of nobody is one as well
  const named = await pocket.command(['audit', 'verify', bundle, '--signers', '.auditors']);
  expect([named.exitCode, named.stdout]).toEqual([5, expect.stringContaining('The bundle is BROKEN')]);
  const { problems: none, notices } = await verifyBundle(bundle);
  expect([none, notices]).toEqual([[], expect.arrayContaining(['the manifest is not signed'])]);
});

test('garbage in any part is a problem, never a crash', async () => {
  const all = (await files()).filter((one) => /jsonl?$/.test(one) && one !== 'manifest.json');
  // What the rest is held against, one by one; then the rest, each of which must be named.
  const alone = all.filter((name) => !name.includes('/'));
  for (const parts of [...alone.map((name) => [name]), all.filter((name) => name.includes('/'))]) {
    const before = await Promise.all(parts.map((name) => fs.readFile(path.join(bundle, name))));
    for (const garbage of [
      '',
      '{',
      'null',
      '[]',
      '{"id":1}',
      '\u0000\u0001',
      '{"__proto__":{}}\n'.repeat(3),
    ]) {
      for (const name of parts) await fs.writeFile(path.join(bundle, name), garbage);
      await adaptManifest();
      const state = await verifyBundle(bundle, trusted);
      const said = [...state.problems, ...state.notices];
      for (const name of parts)
        expect(
          said.filter((one) => parts.length === 1 || one.startsWith(`${name}: `)).join('\n'),
          `${name}: ${garbage}`,
        ).toMatch(/cannot be read|does not end|no checkpoint counts|it cannot be read/);
    }
    for (const [index, name] of parts.entries())
      await fs.writeFile(path.join(bundle, name), before[index] ?? '');
  }
}, 180_000);

test('a tar file that leads out of its folder, or has links or two of a name, proves nothing', async () => {
  const tar = path.join(pocket.dir, 'evil.tar');
  await fs.symlink('/etc/hostname', path.join(bundle, 'deployment.link'));
  await create({ file: tar, cwd: bundle }, ['.', 'README.md']);
  const state = await verifyBundle(tar, trusted);
  expect(state.problems.join('\n')).toMatch(/deployment.link: neither a file nor a folder/);
  await fs.writeFile(tar, 'no tar at all');
  await expect(verifyBundle(tar)).rejects.toMatchObject({ code: 'FILE_FAILED' });
  await expect(verifyBundle(path.join(pocket.dir, 'nowhere'))).rejects.toMatchObject({ code: 'FILE_FAILED' });
});

test('a tar file with a changed byte in any header is refused, and nothing of it stays behind', async () => {
  const tar = path.join(pocket.dir, 'flipped.tar');
  await create({ file: tar, cwd: bundle, portable: true, noDirRecurse: true }, await files());
  const whole = await fs.readFile(tar);
  const folder = await fs.mkdtemp(path.join(pocket.dir, '.git', 'tmp-'));
  vi.stubEnv('TMPDIR', folder);
  try {
    for (let at = 0; whole[at] !== 0; ) {
      const flipped = Buffer.from(whole);
      flipped[at + 100] = (flipped[at + 100] ?? 0) ^ 0x01; // its mode
      await fs.writeFile(tar, flipped);
      await expect(verifyBundle(tar, trusted)).rejects.toMatchObject({
        code: 'FILE_FAILED',
        message: expect.stringContaining('checksum failure'),
      });
      expect(await fs.readdir(folder)).toEqual([]);
      const bytes = Number.parseInt(whole.toString('latin1', at + 124, at + 136), 8);
      at += 512 + Math.ceil(bytes / 512) * 512;
    }
  } finally {
    vi.unstubAllEnvs();
  }
});

test('the digest of evidence is that of what the bundle has', async () => {
  const name = await named('evidence/');
  const { id, evidence } = JSON.parse(await fs.readFile(path.join(bundle, name), 'utf8'));
  const entry = (await trail()).find(({ action, subject }) => action === 'evidence.store' && subject === id);
  expect(entry?.detail.evidenceDigest).toBe(digestOf(evidence));
});
