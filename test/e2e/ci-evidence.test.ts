import { generateKeyPairSync } from 'node:crypto';
import { readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, openApp } from '../../src/app.ts';
import { type Attestation, type AttestRequest, attest } from '../../src/gates/statements/attest.ts';
import { newFolder } from '../new-folder.ts';
import { usePocket } from './pocket.ts';
import {
  type AnyStatement,
  allowSigners,
  envelopeOf,
  inPem,
  makeSshKey,
  pemSigner,
  type Sign,
  statementIn,
  writeNote,
} from './statements.ts';

/** Evidence that a build system makes elsewhere, in a clone of its own, and that a gate here believes. */

const scanKey = inPem(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }));
const builderKey = inPem(generateKeyPairSync('ed25519'));
const builder = 'https://github.com/acme/pocket/.github/workflows/build.yml@refs/heads/main';
const scanner = 'pkg:github/aquasecurity/trivy';

const on = usePocket(
  (config) => {
    config.producers = {
      ci: { allowedSigners: '.producers' },
      scan: { publicKey: 'scan.pub.pem' },
      builder: { publicKey: 'builder.pub.pem' },
    };
    Object.assign(config.checks, {
      unit: { ...config.checks.unit, attestedBy: ['ci'] },
      slow: { attestedBy: ['ci'], report: { format: 'junit' } },
      lint: { run: 'exit 3', attestedBy: ['builder'] },
      integration: {
        attestedBy: ['builder'],
        statement: { kind: 'testResult', configuration: '.github/workflows/integration.yml' },
      },
      dependencies: { attestedBy: ['scan'], statement: { kind: 'vulnerabilities', scanner } },
      provenance: {
        attestedBy: ['builder'],
        statement: { kind: 'provenance', builders: [builder] },
        validFor: '30d',
      },
    });
    config.environments.staging.gate = { unit: '100%' };
  },
  { here: true },
);

let ciKey: string;
let clone: string;
const scan: Sign = pemSigner(scanKey.privateKey);
const build: Sign = pemSigner(builderKey.privateKey);

beforeAll(async () => {
  const { pocket } = on;
  ciKey = await makeSshKey(pocket, 'ci');
  await allowSigners(pocket, '.producers', ['ci@pocket.example', ciKey]);
  await writeFile(path.join(pocket.dir, 'scan.pub.pem'), scanKey.publicKey);
  await writeFile(path.join(pocket.dir, 'builder.pub.pem'), builderKey.publicKey);
  await writeFile(path.join(pocket.dir, '.git', 'builder.pem'), builderKey.privateKey);
  await pocket.edit('.gitignore', (text) => `${text}\nreports\n`).catch(() => undefined);
  await pocket.commit({}, 'with a policy');
  clone = await newFolder('pocket-ci-');
  await execa('git', ['clone', '--quiet', pocket.dir, clone]);
});
afterAll(() => rm(clone, { recursive: true, force: true }));

/** The command line in the clone of the build system. */
const inCi = (args: string[]) => on.pocket.command(['--project', clone, ...args]);
const gitInCi = (...args: string[]) => execa('git', ['-C', clone, ...args]);

async function gateFor(gate: object, run = 'none'): Promise<AnyStatement> {
  await on.pocket.configure((config) => {
    config.environments.staging.gate = gate;
  });
  const { data } = await on.agent.call('evaluateGate', { environment: 'staging', run });
  return { ...data, only: data.requirements.find(({ name }: { name: string }) => name in gate) };
}
const head = () => on.pocket.git('rev-parse', 'HEAD');
/** Signs a foreign statement about HEAD and puts it into the note. */
async function foreign(
  predicateType: string,
  predicate: object,
  by: Sign,
  subject?: object[],
): Promise<void> {
  const sha = await head();
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subject ?? [{ digest: { gitCommit: sha } }],
    predicateType,
    predicate,
  };
  await writeNote(on.pocket, sha, [await envelopeOf(statement, [by])]);
}

describe('a report of CI', () => {
  test('travels as a git note and is read here again', async () => {
    expect((await gateFor({ unit: '100%' })).only).toMatchObject({ observed: 'no evidence' });
    const attested = await on.pocket.cli(['--project', clone, 'attest', 'unit', '--run', '--key', ciKey]);
    expect(attested).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('2 passed, 0 failed') });
    expect(attested.stdout).toContain('git push origin refs/notes/devops-evidence');
    await gitInCi('push', '--quiet', 'origin', 'refs/notes/devops-evidence');
    const { verdict, only } = await gateFor({ unit: '100%' });
    expect(verdict).toBe('pass');
    expect(only).toMatchObject({ observed: '2 of 2 passed (100%) (attested by ci: ci@pocket.example)' });
    expect((await gateFor({ unit: '100%' }, 'missing')).only.evidenceId).toBe(only.evidenceId);
    const { data } = await on.agent.call('getAudit', { subject: only.evidenceId });
    expect(data.entries[0]).toMatchObject({
      action: 'evidence.admit',
      detail: { principal: 'ci@pocket.example' },
    });
  });

  test('that is red fails the gate', async () => {
    await on.pocket.commit({ redUnitTest: true });
    await gitInCi('pull', '--quiet');
    expect(await inCi(['attest', 'unit', '--run', '--key', ciKey])).toMatchObject({ exitCode: 0 });
    await gitInCi('push', '--quiet', 'origin', 'refs/notes/devops-evidence');
    expect((await gateFor({ unit: '100%' })).only).toMatchObject({
      verdict: 'fail',
      observed: '1 of 2 passed (50%) (attested by ci: ci@pocket.example)',
      reason: expect.stringContaining('behaves'),
    });
  });

  test('is not waited for where the server can run the check itself', async () => {
    await on.pocket.commit({});
    expect((await gateFor({ unit: '100%' }, 'missing')).only).toMatchObject({
      verdict: 'pass',
      observed: '2 of 2 passed (100%)',
    });
  });

  test('is all that counts for a check without a command, and nothing is started for it', async () => {
    const { only } = await gateFor({ slow: '100%' }, 'missing');
    expect(only).toMatchObject({
      verdict: 'inconclusive',
      observed: 'no valid statement',
      remedy: expect.stringContaining(
        `attest slow --key FILE" with --run or --report for commit ${await head()}`,
      ),
    });
    expect((await gateFor({ slow: '100%' }, 'all')).only).toMatchObject({ observed: 'no valid statement' });
  });

  test('may be the exit code of a command, signed with a key in PEM', async () => {
    await gitInCi('pull', '--quiet');
    const key = path.join(on.pocket.dir, '.git', 'builder.pem');
    expect(await inCi(['attest', 'lint', '--key', key])).toMatchObject({ exitCode: 2 });
    expect(await inCi(['attest', 'lint', '--exit-code', '0', '--key', key])).toMatchObject({ exitCode: 0 });
    await gitInCi('push', '--quiet', 'origin', 'refs/notes/devops-evidence');
    expect((await gateFor({ lint: '100%' })).only).toMatchObject({
      verdict: 'pass',
      observed: expect.stringMatching(/^1 of 1 passed \(100%\) \(attested by builder: SHA256:.{43}\)$/),
    });
  });
});

describe('attest', () => {
  const reportFile = () => path.join(clone, 'report.xml');
  const report = (content = '<testsuite name="x"><testcase name="y"/></testsuite>') =>
    writeFile(reportFile(), content);
  let app: App;
  beforeAll(() => {
    app = openApp({ projectDir: clone, serverEnvironment: on.pocket.environment });
  });
  afterAll(() => app.close());

  /** As the command line does it. */
  async function attesting(given: Partial<AttestRequest>): Promise<Attestation> {
    return attest(await app.project(), {
      check: 'slow',
      ref: 'HEAD',
      keyFile: ciKey,
      source: { reportFile: reportFile() },
      caller: { kind: 'cli', user: 'ci' },
      log: () => undefined,
      signal: new AbortController().signal,
      ...given,
    });
  }
  const refused = (code: string, reason: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(reason) });

  test('refuses a checkout that is not the commit', async () => {
    await report();
    await expect(attesting({ ref: 'HEAD~1' })).rejects.toEqual(
      refused('INVALID_ARGUMENTS', 'is checked out here'),
    );
    await writeFile(path.join(clone, 'unit.test.mjs'), '// all green');
    await expect(attesting({})).rejects.toEqual(refused('INVALID_ARGUMENTS', 'unit.test.mjs changed'));
    await gitInCi('checkout', '--quiet', '--', '.');
    const yesterday = new Date(Date.now() - 86_400_000);
    await utimes(reportFile(), yesterday, yesterday);
    await expect(attesting({})).rejects.toEqual(refused('INVALID_ARGUMENTS', 'is older than the commit'));
  });

  test('refuses a report that no gate would count', async () => {
    await report('<testsuite name="x"/>');
    await expect(attesting({})).rejects.toEqual(refused('CHECK_FAILED', 'no test was run'));
    await report();
    const failed = { reportFile: reportFile(), exitCode: 1 };
    await expect(attesting({ source: failed })).rejects.toEqual(
      refused('CHECK_FAILED', 'its report shows nothing wrong'),
    );
    await expect(attesting({ source: { reportFile: clone } })).rejects.toEqual(
      refused('FILE_FAILED', 'not a regular file'),
    );
    await expect(attesting({ source: {} })).rejects.toEqual(
      refused('INVALID_ARGUMENTS', 'nothing to attest'),
    );
  });

  test('refuses a key of nobody, and a check that would not take it', async () => {
    await report();
    const own = await makeSshKey(on.pocket, 'own');
    await expect(attesting({ keyFile: own })).rejects.toEqual(
      refused('SIGNATURE_REFUSED', 'its key is unknown there'),
    );
    const wrong: [Partial<AttestRequest>, string][] = [
      [{ check: 'smoke' }, 'takes no statements'],
      [{ check: 'sow' }, 'there is no check "sow"'],
      [{ check: 'provenance' }, 'of the kind provenance, which are made elsewhere'],
      [{ source: 'run' }, 'has no command to run'],
      [{ artifact: 'sha256:1' }, 'is no digest of an artifact'],
      [{ check: 'lint', source: { reportFile: reportFile() } }, 'the exit code of "lint" is its whole proof'],
    ];
    for (const [given, reason] of wrong) {
      await expect(attesting(given)).rejects.toEqual(refused('INVALID_ARGUMENTS', reason));
    }
  });

  test('otherwise writes one envelope on one line', async () => {
    await report();
    const outFile = path.join(clone, 'envelope.json');
    expect(await attesting({ outFile })).toMatchObject({ writtenTo: outFile, notices: [], exitCode: 0 });
    const text = await readFile(outFile, 'utf8');
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    expect(statementIn(JSON.parse(text))).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { gitCommit: await head() } }],
      predicate: { project: 'pocket', check: 'slow', format: 'junit', exitCode: 0 },
    });
  });

  test('keeps what others wrote into the note, and is told that a key is not known here', async () => {
    await report();
    await attesting({});
    await rm(path.join(clone, '.producers'));
    const keyFile = path.join(on.pocket.dir, '.git', 'own');
    const { notices } = await attesting({ check: 'unit', source: 'run', keyFile });
    expect(notices).toEqual([expect.stringContaining('.producers is not here')]);
    const { stdout } = await gitInCi('notes', '--ref=devops-evidence', 'show', 'HEAD');
    expect(stdout.split('\n').length).toBeGreaterThan(1);
    await gitInCi('checkout', '--quiet', '--', '.');
  });
});

describe('a statement of others', () => {
  const finishedOn = new Date().toISOString();

  test('in-toto Test Result', async () => {
    const type = 'https://in-toto.io/attestation/test-result/v0.1';
    const configuration = [{ name: '.github/workflows/integration.yml' }];
    const result = { result: 'PASSED', configuration, passedTests: ['a', 'b'], failedTests: [] };
    await foreign(type, result, build);
    expect((await gateFor({ integration: '100%' })).only).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('does not say when it was made'),
    });
    await foreign(type, { ...result, finishedOn }, build);
    expect((await gateFor({ integration: '100%' })).only).toMatchObject({
      verdict: 'pass',
      observed: expect.stringContaining('2 of 2 passed (100%) (attested by builder: SHA256:'),
    });
  });

  test('in-toto Vulnerabilities', async () => {
    const vulns = (result: object[]) => ({
      scanner: { uri: `${scanner}@v1`, version: '1', result },
      metadata: { scanStartedOn: finishedOn, scanFinishedOn: finishedOn },
    });
    const found = [{ id: 'CVE-2026-1', severity: [{ method: 'nvd', score: 'high' }] }];
    await foreign('https://in-toto.io/attestation/vulns/v0.2', vulns(found), build);
    expect((await gateFor({ dependencies: { maxSeverity: 'low' } })).only).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('signed by no known producer (scan: '),
    });
    await foreign('https://in-toto.io/attestation/vulns/v0.2', vulns(found), scan);
    expect((await gateFor({ dependencies: { maxSeverity: 'low' } })).only).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('CVE-2026-1'),
    });
  });

  test('SLSA provenance of the very artifact, which the gate builds to compare', async () => {
    const sha = await head();
    const predicate = {
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        resolvedDependencies: [{ uri: 'git+https://github.com/acme/pocket', digest: { gitCommit: sha } }],
      },
      runDetails: { builder: { id: builder }, metadata: { finishedOn } },
    };
    const provenance = (digest: string) =>
      foreign('https://slsa.dev/provenance/v1', predicate, build, [
        { name: 'pocket.tar', digest: { sha256: digest } },
      ]);
    await provenance('a'.repeat(64));
    expect((await gateFor({ provenance: '100%' })).only).toMatchObject({
      reason: expect.stringContaining('that of the commit is not built here yet'),
    });
    const built = await gateFor({ provenance: '100%' }, 'missing');
    expect(built.artifact).toMatch(/^sha256:/);
    expect(built.only).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('is not about the artifact'),
    });
    await provenance(built.artifact.slice('sha256:'.length));
    expect((await gateFor({ provenance: '100%' })).only).toMatchObject({
      verdict: 'pass',
      observed: expect.stringContaining('1 of 1 passed (100%) (attested by builder: '),
    });
  });
});

test('check says what is missing of a producer', async () => {
  await on.pocket.edit('scan.pub.pem', () => scanKey.privateKey);
  await rm(path.join(on.pocket.dir, '.producers'));
  const { exitCode, stdout } = await on.pocket.command(['check']);
  expect(exitCode).toBe(2);
  expect(stdout).toContain('producers.ci: there is no .producers');
  expect(stdout).toContain('producers.scan: it is no public key in PEM');
});
