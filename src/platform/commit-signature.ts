import { DevopsError } from '../errors.ts';
import type { Repository } from './git.ts';
import { type Signer, verifySignature } from './signatures.ts';

/** What git itself signs in: ssh-keygen(1), `-n`. */
const gitNamespace = 'git';
const timeoutMs = 15_000;

/** The start of an SSH signature in armor (PROTOCOL.sshsig). */
export const sshSignatureMark = '-----BEGIN SSH SIGNATURE-----';

/**
 * Who signed a commit with SSH, by this allowed signers file alone. Both have to hold the signature for good: git, which
 * knows what of a commit is signed, and ssh-keygen at this moment, since git believes the commit's own date about keys
 * that are no longer valid.
 * @throws SIGNATURE_REFUSED with the reason: not signed, not with SSH, unknown key, changed commit
 */
export async function verifyCommitSignature(
  repository: Repository,
  sha: string,
  allowedSignersFile: string,
): Promise<Signer> {
  const { signature, signatureCount } = await repository.readCommit(sha);
  if (!signature) {
    const why = signatureCount === 0 ? 'is not signed' : `carries ${signatureCount} signatures`;
    throw refused(`the commit ${why}`);
  }
  if (!signature.armored.startsWith(sshSignatureMark)) throw refused('the commit is not signed with SSH');
  const signer = await verifySignature({
    statement: signature.payload,
    signature: signature.armored,
    allowedSignersFile,
    namespace: gitNamespace,
  });
  const keyFingerprint = await keyThatGitAccepts(repository.dir, sha, allowedSignersFile);
  if (keyFingerprint === signer.keyFingerprint) return signer;
  throw refused('git does not hold the signature of the commit for good');
}

/**
 * Asks git with the settings of nobody: those of the repository are in the hands of whoever can write there, and
 * `gpg.ssh.program=true` would make every signature good.
 */
async function keyThatGitAccepts(
  dir: string,
  sha: string,
  allowedSignersFile: string,
): Promise<string | undefined> {
  const settings = [
    'safe.directory=*',
    'core.hooksPath=/dev/null',
    'core.fsmonitor=false',
    'gpg.ssh.program=ssh-keygen',
    `gpg.ssh.allowedSignersFile=${allowedSignersFile}`,
    'gpg.ssh.revocationFile=',
    'gpg.minTrustLevel=fully',
    // Only SSH signatures count; whatever else a signature claims to be, no program is asked.
    'gpg.program=/bin/false',
    'gpg.openpgp.program=/bin/false',
    'gpg.x509.program=/bin/false',
  ].flatMap((setting) => ['-c', setting]);
  const { execa } = await import('execa');
  const { exitCode, stderr } = await execa('git', ['-C', dir, ...settings, 'verify-commit', '--raw', sha], {
    reject: false,
    extendEnv: false,
    timeout: timeoutMs,
    stdin: 'ignore',
    env: {
      PATH: process.env.PATH ?? '',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
    },
  });
  if (exitCode !== 0) return undefined;
  return /^Good "git" signature for .*\bkey (SHA256:\S+)$/m.exec(stderr)?.[1];
}

function refused(message: string): DevopsError {
  return new DevopsError('SIGNATURE_REFUSED', message, {
    remedy: 'Sign the commit with an SSH key that the allowed signers list ("git commit -S").',
  });
}
