import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { DevopsError } from '../errors.ts';

/** Plain signatures by keys in PEM files: Ed25519 (RFC 8032) and ECDSA over P-256 with SHA-256, as DSSE is signed with. */

/**
 * Checks a signature with a public key. ECDSA signatures may be in DER or the bare two numbers (IEEE P1363).
 * @returns the key, as `SHA256:<base64>` of its SubjectPublicKeyInfo
 * @throws SIGNATURE_REFUSED for another signature, and for a file that holds no such key
 */
export function verifyWithPublicKey({
  message,
  signature,
  pem,
}: {
  message: Uint8Array;
  signature: Uint8Array;
  pem: string;
}): string {
  const key = readPublicKey(pem);
  if (!isValid(key, message, signature)) {
    throw refused('the signature is not of this key over this statement', 'Sign the statement anew.');
  }
  return fingerprintOf(key);
}

function isValid(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.asymmetricKeyType === 'ed25519') return verify(null, message, key, signature);
  const encodings = signature.length === 64 ? (['ieee-p1363', 'der'] as const) : (['der'] as const);
  return encodings.some((dsaEncoding) => verify('sha256', message, { key, dsaEncoding }, signature));
}

/** @throws SIGNATURE_REFUSED with what is wrong with the file */
export function readPublicKey(pem: string): KeyObject {
  // Node would take the public half out of a private key or a certificate too; neither belongs here.
  if (!pem.includes('-----BEGIN PUBLIC KEY-----') || pem.includes('PRIVATE KEY')) {
    throw refused('it is no public key in PEM', 'Write the public key alone: -----BEGIN PUBLIC KEY-----.');
  }
  return supported(parsed(() => createPublicKey(pem)));
}

/** Whether it is the PEM file of a private key that we can sign with, and not one that OpenSSH can. */
export function isPlainPrivateKey(text: string): boolean {
  return /-----BEGIN (EC |ENCRYPTED )?PRIVATE KEY-----/.test(text);
}

/** Signs with a private key in PEM. @throws SIGNATURE_REFUSED */
export function signWithPrivateKey(message: Uint8Array, pem: string): Uint8Array {
  if (pem.includes('ENCRYPTED')) {
    throw refused(
      'the key has a passphrase',
      'Give one without a passphrase, kept where the build system keeps secrets.',
    );
  }
  const key = supported(parsed(() => createPrivateKey(pem)));
  return sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', message, key);
}

function parsed(read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch (error) {
    throw refused(`it is no key: ${(error as Error).message}`, 'Make it anew with openssl or cosign.');
  }
}

function supported(key: KeyObject): KeyObject {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519' || (type === 'ec' && details?.namedCurve === 'prime256v1')) return key;
  throw refused(
    `it is a key of the type ${[type, details?.namedCurve].filter(Boolean).join(' ')}`,
    'Use Ed25519 or ECDSA over P-256.',
  );
}

function fingerprintOf(key: KeyObject): string {
  const digest = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}

function refused(message: string, remedy: string): DevopsError {
  return new DevopsError('SIGNATURE_REFUSED', message, { remedy });
}
