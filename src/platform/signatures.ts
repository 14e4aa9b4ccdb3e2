import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { execa } from 'execa';
import { DevopsError } from '../errors.ts';
import { exists, path } from './files.ts';

/** SSH signatures over statements, made and checked by OpenSSH itself (ssh-keygen(1), -Y sign and -Y verify). */

export interface Signer {
  /** The principal of the allowed signers file that the key belongs to. */
  principal: string;
  /** `SHA256:…` */
  keyFingerprint: string;
}

const tool = 'ssh-keygen';

/**
 * Signs a statement with a private key file, or with a public key file whose private half an agent holds.
 * @returns the armored signature
 * @throws SIGNATURE_REFUSED when the key cannot sign
 */
export async function signStatement(request: {
  statement: string;
  keyFile: string;
  namespace: string;
}): Promise<string> {
  if (!(await exists(request.keyFile))) {
    throw refused(`there is no key file ${request.keyFile}`, 'Give the path of your SSH private key.');
  }
  const result = await ssh(['-Y', 'sign', '-n', request.namespace, '-f', request.keyFile], request.statement);
  if (result.exitCode === 0) return `${result.stdout}\n`;
  throw refused(
    `${request.keyFile} cannot sign: ${lastLine(result.stderr)}`,
    'Use a key that ssh-keygen can read; one with a passphrase must be loaded into the SSH agent.',
  );
}

/**
 * Checks who signed a statement, and that they were allowed to at this moment.
 * @throws SIGNATURE_REFUSED with the reason: unknown key, other namespace, changed statement, expired signer
 */
export async function verifySignature(request: {
  statement: string;
  signature: string;
  allowedSignersFile: string;
  namespace: string;
}): Promise<Signer> {
  const { statement, signature, allowedSignersFile, namespace } = request;
  if (!(await exists(allowedSignersFile))) {
    throw refused(
      `there is no ${allowedSignersFile}`,
      'A person writes it: one line per signer, as in ssh-keygen(1).',
    );
  }
  return withFile(signature, async (signatureFile) => {
    const found = await ssh(['-Y', 'find-principals', '-f', allowedSignersFile, '-s', signatureFile]);
    const principals = found.stdout.split('\n').filter(Boolean);
    if (found.exitCode !== 0 || principals.length === 0) {
      const why = /expired|not yet valid/i.exec(found.stderr)
        ? 'its time is over or has not come'
        : 'no allowed signer has it';
      throw refused(
        `the key is not accepted by ${path.basename(allowedSignersFile)}: ${why}`,
        'Sign with a listed key.',
      );
    }
    let reason = '';
    for (const principal of principals.flatMap((line) => line.split(','))) {
      const args = [
        '-Y',
        'verify',
        '-f',
        allowedSignersFile,
        '-I',
        principal,
        '-n',
        namespace,
        '-s',
        signatureFile,
      ];
      const verified = await ssh(args, statement);
      const keyFingerprint = /SHA256:\S+/.exec(verified.stdout)?.[0];
      if (verified.exitCode === 0 && keyFingerprint) return { principal, keyFingerprint };
      reason = lastLine(`${verified.stdout}\n${verified.stderr}`);
    }
    throw refused(`the signature is not valid for this statement: ${reason}`, 'Sign the statement anew.');
  });
}

function refused(message: string, remedy: string): DevopsError {
  return new DevopsError('SIGNATURE_REFUSED', message, { remedy });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

async function ssh(
  args: string[],
  input = '',
): Promise<{ exitCode?: number; stdout: string; stderr: string }> {
  const result = await execa(tool, args, {
    input,
    reject: false,
    env: { LC_ALL: 'C', SSH_ASKPASS_REQUIRE: 'never' },
  });
  if (result.code === 'ENOENT') {
    throw new DevopsError('SIGNATURE_REFUSED', `${tool} is not installed`, {
      remedy: 'Install the OpenSSH client (Debian: openssh-client).',
    });
  }
  return result;
}

async function withFile<T>(content: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await fs.mkdtemp(path.join(tmpdir(), 'devops-signature-'));
  try {
    const file = path.join(folder, 'signature');
    await fs.writeFile(file, content, { mode: 0o600 });
    return await use(file);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}
