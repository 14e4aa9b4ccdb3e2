import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { signStatement, verifySignature, verifyWithSigners } from '../../src/platform/signatures.ts';

/** Real keys, made here by ssh-keygen. */

let folder: string;
let signature: string;
let signersFiles = 0;
const statement = 'devops-engineer approval v1\n{"commit":"1f0c3a5"}\n';
const namespace = 'devops-engineer-approval';
const file = (name: string) => path.join(folder, name);

function makeKey(name: string, passphrase = ''): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', file(name)]);
}
const publicKey = (name: string) =>
  readFileSync(file(`${name}.pub`), 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' ');
function signers(...lines: string[]): string {
  signersFiles += 1;
  const name = file(`signers-${signersFiles}`);
  writeFileSync(name, lines.map((line) => `${line}\n`).join(''));
  return name;
}
const verify = (given: Partial<Parameters<typeof verifySignature>[0]> = {}) =>
  verifySignature({
    statement,
    signature,
    namespace,
    allowedSignersFile: signers(`sam@shop.example ${publicKey('sam')}`),
    ...given,
  });
const refusal = (reason: string | RegExp) =>
  expect.objectContaining({
    code: 'SIGNATURE_REFUSED',
    message: expect.stringMatching(reason),
    remedy: expect.stringMatching(/\w/),
  });

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'signatures-'));
  for (const name of ['sam', 'eve']) makeKey(name);
  signature = await signStatement({ statement, keyFile: file('sam'), namespace });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a right signature names its signer and key', async () => {
  const [, fingerprint] = execFileSync('ssh-keygen', ['-l', '-f', file('sam.pub')], {
    encoding: 'utf8',
  }).split(' ');
  expect(await verify()).toEqual({
    principal: 'sam@shop.example',
    names: ['sam@shop.example'],
    keyFingerprint: fingerprint,
  });
  expect(await verify({ principal: 'sam@shop.example' })).toMatchObject({ principal: 'sam@shop.example' });
  expect(signature).toMatch(/^-----BEGIN SSH SIGNATURE-----\n[\s\S]+\n-----END SSH SIGNATURE-----\n$/);
});

test('ssh-keygen alone accepts it too', () => {
  writeFileSync(file('alone.sig'), signature);
  const args = ['-Y', 'check-novalidate', '-n', namespace, '-s', file('alone.sig')];
  expect(execFileSync('ssh-keygen', args, { input: statement, encoding: 'utf8' })).toContain('Good');
});

describe('is refused', () => {
  test('by the wrong key', async () => {
    const byEve = await signStatement({ statement, keyFile: file('eve'), namespace });
    await expect(verify({ signature: byEve })).rejects.toEqual(refusal('its key is unknown there'));
  });

  test('made for another namespace', async () => {
    const other = await signStatement({ statement, keyFile: file('sam'), namespace: 'git' });
    await expect(verify({ signature: other })).rejects.toEqual(refusal('another namespace'));
  });

  test('by a key that is listed for another namespace only', async () => {
    const allowedSignersFile = signers(`sam@shop.example namespaces="git" ${publicKey('sam')}`);
    await expect(verify({ allowedSignersFile })).rejects.toEqual(refusal('not permitted .* namespace'));
  });

  test.each([
    ['edited', statement.replace('1f0c3a5', '1f0c3a6')],
    ['shortened', statement.trimEnd()],
    ['lengthened', `${statement}\n`],
    ['empty', ''],
  ])('over an %s statement', async (_how, changed) => {
    await expect(verify({ statement: changed })).rejects.toEqual(refusal('not the one that was signed'));
  });

  test('by a signer whose time is over, or has not come', async () => {
    const line = (option: string) => signers(`sam@shop.example ${option} ${publicKey('sam')}`);
    await expect(verify({ allowedSignersFile: line('valid-before="20200101"') })).rejects.toEqual(
      refusal('the key has expired: .* valid-before 2020-01-01'),
    );
    await expect(verify({ allowedSignersFile: line('valid-after="20900101"') })).rejects.toEqual(
      refusal('the key is not yet valid'),
    );
    expect(await verify({ allowedSignersFile: line('valid-before="20900101"') })).toMatchObject({
      principal: 'sam@shop.example',
    });
  });

  test('by somebody else than who was asked for', async () => {
    const allowedSignersFile = signers(
      `sam@shop.example ${publicKey('sam')}`,
      `eve@shop.example ${publicKey('eve')}`,
    );
    await expect(verify({ allowedSignersFile, principal: 'eve@shop.example' })).rejects.toEqual(
      refusal("the key is sam@shop.example's, not eve@shop.example's"),
    );
    await expect(verify({ allowedSignersFile, principal: 'SAM@shop.example' })).rejects.toEqual(
      refusal('not SAM'),
    );
  });

  test('by a principal who is not in the role file', async () => {
    const allowedSignersFile = signers(`eve@shop.example ${publicKey('eve')}`);
    await expect(verify({ allowedSignersFile })).rejects.toEqual(refusal('its key is unknown there'));
  });

  test.each(['*', '*@shop.example', 's?m@shop.example', '!eve@shop.example,*'])(
    'by a pattern that names no person: %s',
    async (pattern) => {
      const allowedSignersFile = signers(`${pattern} ${publicKey('sam')}`);
      await expect(verify({ allowedSignersFile })).rejects.toEqual(refusal('names no single person'));
      await expect(verify({ allowedSignersFile, principal: pattern })).rejects.toEqual(
        refusal('no single person'),
      );
    },
  );

  test.each([
    ['nothing', ''],
    ['garbage', 'LGTM\n'],
    ['a cut signature', () => signature.slice(0, 80)],
    ['a bent signature', () => signature.replace(/\n[A-Za-z0-9+/]{8}/, '\nAAAAAAAA')],
    ['another armor', '-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n'],
  ])('as %s', async (_what, given) => {
    const bad = typeof given === 'string' ? given : given();
    await expect(verify({ signature: bad })).rejects.toEqual(refusal('it is no SSH signature'));
  });

  test('without a file of allowed signers, or with one that says nothing', async () => {
    await expect(verify({ allowedSignersFile: file('nobody') })).rejects.toEqual(
      refusal('there is no .*nobody'),
    );
    await expect(verify({ allowedSignersFile: folder })).rejects.toEqual(
      refusal('unable to read|Unable to read'),
    );
    await expect(verify({ allowedSignersFile: signers() })).rejects.toEqual(
      refusal('its key is unknown there'),
    );
    await expect(verify({ allowedSignersFile: signers('not a key line') })).rejects.toEqual(
      refusal('its key is unknown there'),
    );
  });
});

describe('against signers that were kept as text', () => {
  const against = (allowedSigners: string, at?: Date) =>
    verifyWithSigners({ statement, signature, namespace, allowedSigners, ...(at && { at }) });

  test('they count as a file would', async () => {
    expect(await against(`sam@shop.example ${publicKey('sam')}\n`)).toMatchObject({
      principal: 'sam@shop.example',
    });
    await expect(against(`eve@shop.example ${publicKey('eve')}\n`)).rejects.toEqual(
      refusal('not accepted by the-approved-signers: its key is unknown there'),
    );
  });

  test('and who was allowed to at that time, was', async () => {
    const list = `sam@shop.example valid-after="20190101",valid-before="20200101" ${publicKey('sam')}\n`;
    await expect(against(list)).rejects.toEqual(refusal('has expired'));
    expect(await against(list, new Date('2019-07-01T12:00:00Z'))).toMatchObject({
      principal: 'sam@shop.example',
    });
    await expect(against(list, new Date('2018-07-01T12:00:00Z'))).rejects.toEqual(refusal('not yet valid'));
  });
});

describe('signing', () => {
  test('needs a key file that can sign', async () => {
    const sign = (keyFile: string) => signStatement({ statement, keyFile, namespace });
    await expect(sign(file('none'))).rejects.toEqual(refusal('there is no key file'));
    writeFileSync(file('text'), 'not a key\n', { mode: 0o600 });
    await expect(sign(file('text'))).rejects.toEqual(refusal('cannot sign'));
  });

  test('leaves no file behind, neither does verifying', async () => {
    const ours = () => readdirSync(tmpdir()).filter((name) => name.startsWith('devops-signature-'));
    const before = new Set(ours());
    await verify();
    await verify({ signature: 'x' }).catch(() => undefined);
    await signStatement({ statement, keyFile: file('sam'), namespace });
    expect(readdirSync(folder).filter((name) => name.endsWith('.sig'))).toEqual(['alone.sig']);
    // Other tests beside this one make and remove theirs.
    await expect.poll(() => ours().filter((name) => !before.has(name))).toEqual([]);
  });
});

describe('without ssh-keygen', () => {
  const { PATH } = process.env;
  afterEach(() => {
    process.env.PATH = PATH;
  });

  test('says so, and what to install', async () => {
    const allowedSignersFile = signers(`sam@shop.example ${publicKey('sam')}`);
    process.env.PATH = path.join(folder, 'no-programs-here');
    const missing = refusal('ssh-keygen is not installed');
    await expect(verify({ allowedSignersFile })).rejects.toEqual(missing);
    await expect(signStatement({ statement, keyFile: file('sam'), namespace })).rejects.toEqual(missing);
  });
});
