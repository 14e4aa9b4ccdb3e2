import * as fs from 'node:fs/promises';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyCommitSignature } from '../../src/platform/commit-signature.ts';
import { openRepository } from '../../src/platform/git.ts';
import { newFolder } from '../new-folder.ts';

/** Real commits, signed by real keys, and every setting of the repository that could make a signature look good. */

let dir: string;
const file = (name: string) => path.join(dir, name);
const git = async (...args: string[]) => (await execa('git', ['-C', dir, ...args])).stdout;
const sign = ['-c', 'gpg.format=ssh', '-c'];
async function commit(message: string, key?: string, extra: string[] = []): Promise<string> {
  const signed = key === undefined ? [] : [...sign, `user.signingkey=${file(`.git/${key}`)}`];
  const flag = key === undefined ? [] : ['-S'];
  await git(...signed, ...extra, 'commit', '--quiet', '--allow-empty', ...flag, '--message', message);
  return git('rev-parse', 'HEAD');
}
const refusal = (message: string) =>
  expect.objectContaining({ code: 'SIGNATURE_REFUSED', message: expect.stringContaining(message) });
const verify = async (sha: string, signers = file('signers')) =>
  verifyCommitSignature(await openRepository(dir), sha, signers);

beforeAll(async () => {
  dir = await newFolder('commits-');
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Ada Author');
  await git('config', 'user.email', 'ada@shop.example');
  for (const name of ['rita', 'eve']) {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(`.git/${name}`)]);
  }
  await fs.writeFile(
    file('signers'),
    `rita@shop.example ${await fs.readFile(file('.git/rita.pub'), 'utf8')}`,
  );
});
afterAll(() => fs.rm(dir, { recursive: true, force: true }));

test('names the reviewer whose key signed the commit', async () => {
  const sha = await commit('signed', 'rita');
  expect(await verify(sha)).toEqual({
    principal: 'rita@shop.example',
    names: ['rita@shop.example'],
    keyFingerprint: expect.stringMatching(/^SHA256:/),
  });
});

test('no signature, a stranger’s and a reader’s own good word are refused', async () => {
  await expect(verify(await commit('plain'))).rejects.toEqual(refusal('is not signed'));
  await expect(verify(await commit('by eve', 'eve'))).rejects.toEqual(refusal('unknown'));
});

test('the settings of the repository do not count', async () => {
  const byEve = await commit('by eve', 'eve');
  const byNobody = await commit('plain');
  const liar = file('.git/liar');
  await fs.writeFile(
    liar,
    '#!/bin/sh\ncat > /dev/null\necho \'Good "git" signature for rita@shop.example with ED25519 key SHA256:abc\'\n',
  );
  await fs.chmod(liar, 0o755);
  await fs.writeFile(
    file('.git/all'),
    `rita@shop.example ${await fs.readFile(file('.git/eve.pub'), 'utf8')}`,
  );
  const settings = {
    'gpg.ssh.program': liar,
    'gpg.program': liar,
    'gpg.openpgp.program': liar,
    'gpg.ssh.allowedSignersFile': file('.git/all'),
    'gpg.minTrustLevel': 'undefined',
    'log.showSignature': 'true',
  };
  for (const [name, value] of Object.entries(settings)) await git('config', name, value);
  expect(
    (await execa('git', ['-C', dir, 'verify-commit', byEve], { reject: false, stdin: 'ignore' })).exitCode,
  ).toBe(0);
  await expect(verify(byEve)).rejects.toEqual(refusal('unknown'));
  await expect(verify(byNobody)).rejects.toEqual(refusal('is not signed'));
  for (const name of Object.keys(settings)) await git('config', '--unset', name);
});

test('neither does what a program says in front of a commit: its author is read from its own bytes', async () => {
  const sha = await commit('by eve', 'eve');
  const liar = file('.git/liar');
  await fs.writeFile(liar, `#!/bin/sh\nprintf '${sha}\\0tree\\0Rita\\0rita@shop.example\\0' >&2\n`);
  await git('config', 'log.showSignature', 'true');
  await git('config', 'gpg.ssh.program', liar);
  const repository = await openRepository(dir);
  expect(await repository.resolve('HEAD')).toMatchObject({ sha, authorEmail: 'ada@shop.example' });
  expect((await repository.between(undefined, 'HEAD', 1))[0]).toMatchObject({
    sha,
    authorEmail: 'ada@shop.example',
  });
  await git('config', '--unset', 'log.showSignature');
  await git('config', '--unset', 'gpg.ssh.program');
});

test('a signature is for one commit: put into another one, or doubled, it is refused', async () => {
  const sha = await commit('good', 'rita');
  const raw = await git('cat-file', 'commit', sha);
  const write = async (content: string) =>
    (await execa('git', ['-C', dir, 'hash-object', '-t', 'commit', '-w', '--stdin'], { input: content }))
      .stdout;
  await expect(verify(await write(`${raw.replace('good', 'evil')}\n`))).rejects.toEqual(
    refusal('does not hold'),
  );
  const signature = /gpgsig [\s\S]*?-----END SSH SIGNATURE-----\n/.exec(raw)?.[0] ?? '';
  await expect(verify(await write(raw.replace(signature, signature + signature)))).rejects.toEqual(
    refusal('2 signatures'),
  );
});

test('a key that is no longer valid signs nothing, whatever date the commit bears', async () => {
  const publicKey = (await fs.readFile(file('.git/rita.pub'), 'utf8')).split(' ').slice(0, 2).join(' ');
  await fs.writeFile(file('old'), `rita@shop.example valid-before="20250101" ${publicKey}\n`);
  process.env.GIT_COMMITTER_DATE = '2024-06-01T00:00:00Z';
  const sha = await commit('backdated', 'rita');
  delete process.env.GIT_COMMITTER_DATE;
  await expect(verify(sha, file('old'))).rejects.toEqual(refusal('expired'));
});

describe('what a commit says of itself', () => {
  test('subject, names in other encodings, times far away', async () => {
    await git('checkout', '--quiet', '--orphan', 'words');
    await commit('First line\ngoes on\n\nbody', undefined, [
      '-c',
      'i18n.commitEncoding=ISO-8859-1',
      '-c',
      'user.name=Zo\u00EB',
    ]);
    const repository = await openRepository(dir);
    expect(await repository.resolve('HEAD')).toMatchObject({
      subject: 'First line goes on',
      committedAt: expect.stringMatching(/^20\d\d-/),
    });
    const raw = await git('cat-file', 'commit', 'HEAD');
    const strange = raw.replace(/^committer .*$/m, 'committer X <x@y> 99999999999999999 +0000');
    const { stdout: sha } = await execa(
      'git',
      ['-C', dir, 'hash-object', '-t', 'commit', '-w', '--stdin', '--literally'],
      { input: strange },
    );
    expect(await repository.resolve(sha)).toMatchObject({ committedAt: '1970-01-01T00:00:00.000Z' });
  });
});

test('an object that was overwritten is no commit', async () => {
  const sha = await commit('mine');
  const object = file(`.git/objects/${sha.slice(0, 2)}/${sha.slice(2)}`);
  const other = Buffer.from((await git('cat-file', 'commit', sha)).replaceAll('ada@', 'rita@'));
  await fs.chmod(object, 0o644);
  await fs.writeFile(object, deflateSync(Buffer.concat([Buffer.from(`commit ${other.length}\0`), other])));
  const repository = await openRepository(dir);
  expect(await git('cat-file', 'commit', sha)).toContain('rita@'); // git itself does not look
  await expect(repository.readCommit(sha)).rejects.toMatchObject({ code: 'GIT_FAILED' });
  await expect(repository.resolve(sha)).rejects.toMatchObject({ code: 'UNKNOWN_COMMIT' });
});
