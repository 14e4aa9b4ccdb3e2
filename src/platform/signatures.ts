import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { DevopsError } from '../errors.ts';
import { exists, path } from './files.ts';
import { isUntouched } from './security-keys.ts';

/** SSH signatures over statements, made and checked by OpenSSH itself (ssh-keygen(1), -Y sign and -Y verify). */

export interface Signer {
  /** The principal of the allowed signers file that the key belongs to. */
  principal: string;
  /** Every name that the file has for the key, that one among them. */
  names: readonly string[];
  /** `SHA256:…` */
  keyFingerprint: string;
}

const tool = 'ssh-keygen';
const timeoutMs = 10_000;

/**
 * Signs a statement with a private key file, or with a public key file whose private half an agent holds.
 * @returns the armored signature
 * @throws SIGNATURE_REFUSED when the key cannot sign
 */
export async function signStatement(request: {
  statement: string | Uint8Array;
  keyFile: string;
  namespace: string;
}): Promise<string> {
  const { statement, keyFile, namespace } = request;
  if (!(await exists(keyFile))) {
    throw refused(`there is no key file ${keyFile}`, 'Give the path of your SSH private key.');
  }
  // No time limit: a person may be typing a passphrase, or looking for the key that wants to be touched.
  const result = await ssh(['-Y', 'sign', '-n', namespace, '-f', keyFile], {
    input: statement,
    timeout: 0,
    tellsPerson: process.stderr.isTTY === true,
  });
  if (result.succeeded) return `${result.stdout}\n`;
  throw refused(
    `${keyFile} cannot sign: ${lastLine(result.stderr)}`,
    'Use a key that ssh-keygen can read; one with a passphrase must be loaded into the SSH agent.',
  );
}

/**
 * Checks who signed a statement, and that they were allowed to at this moment, or `at` another one. With a
 * `principal` only that signer will do.
 * @throws SIGNATURE_REFUSED with the reason: no signature, unknown key, other signer, other namespace, changed
 * statement, signer no longer or not yet valid, unreadable signers file, no ssh-keygen
 */
export async function verifySignature(request: {
  statement: string | Uint8Array;
  signature: string;
  allowedSignersFile: string;
  /** Keys that count no more, as a list of public keys or a KRL (ssh-keygen(1), KEY REVOCATION LISTS). */
  revokedKeysFile?: string;
  namespace: string;
  principal?: string;
  at?: Date;
}): Promise<Signer> {
  const { statement, signature, allowedSignersFile, revokedKeysFile, namespace, principal, at } = request;
  if (!(await exists(allowedSignersFile))) {
    throw refused(
      `there is no ${allowedSignersFile}`,
      'A person writes it: one line per signer, as in ssh-keygen(1).',
    );
  }
  if (revokedKeysFile !== undefined && !(await exists(revokedKeysFile))) {
    throw refused(
      `there is no ${revokedKeysFile}`,
      'A person writes it: the public keys that were revoked, one a line; an empty file revokes none.',
    );
  }
  if (isUntouched(bareSignature(signature))) {
    throw refused(
      'the security key that signed was not touched, so a program may have used it',
      'Sign with a key that asks for a touch.',
    );
  }
  const revoked = revokedKeysFile === undefined ? [] : ['-r', revokedKeysFile];
  return withFile('signature', signature, async (signatureFile) => {
    const when = at === undefined ? [] : ['-O', `verify-time=${localTime(at)}`];
    const where = [...when, '-f', allowedSignersFile, '-s', signatureFile];
    const signers = await findSigners(where, path.basename(allowedSignersFile));
    const candidates = signers.filter((name) => principal === undefined || name === principal);
    if (candidates.length === 0) {
      throw refused(`the key is ${signers.join(', ')}'s, not ${principal}'s`, `${principal} signs it.`);
    }
    let reason = '';
    for (const name of candidates) {
      const verified = await ssh(['-Y', 'verify', ...where, ...revoked, '-I', name, '-n', namespace], {
        input: statement,
      });
      // The fingerprint stands last; a principal in front of it may be any text.
      const keyFingerprint = /\bkey (SHA256:\S+)$/.exec(verified.stdout.trim())?.[1];
      if (verified.succeeded && keyFingerprint) return { principal: name, names: signers, keyFingerprint };
      reason = whyNotVerified(verified, {
        namespace,
        ...(revokedKeysFile !== undefined && { revokedKeysFile }),
      });
    }
    throw refused(
      `the signature does not hold: ${reason}`,
      `Sign the statement anew, exactly as it is printed and in the namespace ${namespace}.`,
    );
  });
}

/** The same against signers whose list is kept as text: those of another time. @throws SIGNATURE_REFUSED */
export async function verifyWithSigners(
  request: Omit<Parameters<typeof verifySignature>[0], 'allowedSignersFile' | 'revokedKeysFile'> & {
    allowedSigners: string;
    revokedKeys?: string;
    /** What the list is called in what is said about it. */
    fileName?: string;
  },
): Promise<Signer> {
  const { allowedSigners, revokedKeys, fileName = 'the-approved-signers', ...rest } = request;
  return withFile(fileName, allowedSigners, (allowedSignersFile) =>
    revokedKeys === undefined
      ? verifySignature({ ...rest, allowedSignersFile })
      : withFile('the-revoked-keys', revokedKeys, (revokedKeysFile) =>
          verifySignature({ ...rest, allowedSignersFile, revokedKeysFile }),
        ),
  );
}

const armor = { begin: '-----BEGIN SSH SIGNATURE-----', end: '-----END SSH SIGNATURE-----' };

/**
 * The signature in its armor, from that or from the bare bytes (PROTOCOL.sshsig of OpenSSH); undefined for bytes that
 * are no SSH signature.
 */
export function armored(signature: Uint8Array): string | undefined {
  const bytes = Buffer.from(signature.buffer, signature.byteOffset, signature.byteLength);
  if (bytes.subarray(0, armor.begin.length).toString('latin1') === armor.begin)
    return bytes.toString('latin1');
  if (bytes.subarray(0, 6).toString('latin1') !== 'SSHSIG') return undefined;
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? [];
  return [armor.begin, ...lines, armor.end, ''].join('\n');
}

/** The bytes in the armor of a signature that ssh-keygen made. */
export function bareSignature(armoredText: string): Uint8Array {
  return Buffer.from(armoredText.replace(armor.begin, '').replace(armor.end, ''), 'base64');
}

/** As ssh-keygen(1) reads it in every version: in the time zone of the machine. */
function localTime(at: Date): string {
  const parts = [at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()];
  return `${at.getFullYear()}${parts.map((part) => String(part).padStart(2, '0')).join('')}`;
}

/** The principals whose key made the signature. A pattern such as `*@example.com` names nobody, so it is refused. */
async function findSigners(where: string[], fileName: string): Promise<string[]> {
  const found = await ssh(['-Y', 'find-principals', ...where]);
  const names = found.succeeded ? found.stdout.split('\n').flatMap((line) => line.split(',')) : [];
  const persons = names.filter((name) => name !== '' && !/[*?!]/.test(name));
  if (persons.length > 0) return persons;
  if (names.some((name) => name !== '')) {
    throw refused(
      `${fileName} lists the key for ${names.join(', ')}, which names no single person`,
      'Write one line per person, with the name in full.',
    );
  }
  throw refused(
    `the signature is not accepted by ${fileName}: ${whyNobody(found.stderr)}`,
    `Sign with a key that ${fileName} lists and that is valid now.`,
  );
}

function whyNobody(stderr: string): string {
  const [, limit] = /(key (?:has expired|is not yet valid): .*)/.exec(stderr) ?? [];
  if (limit !== undefined) return `the ${limit}`;
  // Whatever goes wrong before the look-up of the key is about the signature itself.
  if (/sig_find_principals: sshsig_(?!find_principal)/.test(stderr)) return 'it is no SSH signature';
  const [, unreadable] = /(unable to (?:open|read) allowed keys file.*)/i.exec(stderr) ?? [];
  return unreadable ?? 'its key is unknown there';
}

function whyNotVerified(
  { stdout, stderr }: { stdout: string; stderr: string },
  { namespace, revokedKeysFile }: { namespace: string; revokedKeysFile?: string },
): string {
  if (/namespace does not match/.test(stderr)) return `it was made for another namespace than ${namespace}`;
  if (/incorrect signature/.test(stderr)) return 'the statement is not the one that was signed';
  const said = lastLine(stderr);
  // Of a revoked key OpenSSH says nothing more than that it could not verify, in some versions not even that.
  if (revokedKeysFile !== undefined && (said === '' || /revoked/i.test(stdout + stderr)))
    return `its key was revoked by ${path.basename(revokedKeysFile)}`;
  return said;
}

function refused(message: string, remedy: string): DevopsError {
  return new DevopsError('SIGNATURE_REFUSED', message, { remedy });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

async function ssh(
  args: string[],
  {
    input = '',
    timeout = timeoutMs,
    tellsPerson = false,
  }: { input?: string | Uint8Array; timeout?: number; tellsPerson?: boolean } = {},
): Promise<{ succeeded: boolean; stdout: string; stderr: string }> {
  const { execa } = await import('execa'); // slow to load, and few calls need it
  const result = await execa(tool, args, {
    input,
    timeout,
    reject: false,
    ...(tellsPerson && { stderr: ['pipe', 'inherit'] as const }),
    env: { LC_ALL: 'C', SSH_ASKPASS_REQUIRE: 'never' },
  });
  if (result.code === 'ENOENT') {
    throw refused(`${tool} is not installed`, 'Install the OpenSSH client (Debian: openssh-client).');
  }
  return { succeeded: result.exitCode === 0, stdout: result.stdout, stderr: result.stderr };
}

async function withFile<T>(name: string, content: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await fs.mkdtemp(path.join(tmpdir(), 'devops-signature-'));
  try {
    const file = path.join(folder, name);
    await fs.writeFile(file, content, { mode: 0o600 });
    return await use(file);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}
