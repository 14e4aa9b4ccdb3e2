import { DevopsError } from '../../errors.ts';
import { type Envelope, paeOf, writeEnvelope } from '../../evidence/dsse.ts';
import { readBoundedFile } from '../../platform/bounded-file.ts';
import { isPlainPrivateKey, signWithPrivateKey } from '../../platform/public-keys.ts';
import { bareSignature, signStatement } from '../../platform/signatures.ts';
import type { Project } from '../../project.ts';
import { keyFileOf, producersOf, statementNamespace, verifyEnvelope } from './producers.ts';

const maxKeyBytes = 64 * 1024;

/**
 * Signs a payload with an SSH key, or a private key in PEM, and sees whether a gate here would believe it.
 * @returns the envelope on one line
 * @throws SIGNATURE_REFUSED where the key cannot sign, or is none of a producer whose statements the check takes
 */
export async function signEnvelope(
  project: Project,
  { payload, payloadType, keyFile, check }: Omit<Envelope, 'signatures'> & { keyFile: string; check: string },
): Promise<{ envelope: string; notices: string[] }> {
  const signature = await signatureOf(paeOf({ payload, payloadType }), keyFile);
  const envelope = { payload, payloadType, signatures: [signature] };
  const producers = await producersOf(project, [check]);
  const { attestors, reasons } = await verifyEnvelope(envelope, producers);
  const unknown = producers.filter(({ keys }) => keys === undefined).map(({ config }) => keyFileOf(config));
  if (attestors.length === 0 && unknown.length === 0) {
    throw new DevopsError('SIGNATURE_REFUSED', `no gate would count this statement: ${reasons.join('; ')}`, {
      remedy: `Sign with a key of ${producers.map(({ name }) => name).join(' or ')}.`,
    });
  }
  const notices =
    attestors.length > 0
      ? []
      : [`${unknown.join(' and ')} is not here, so nobody knows yet whether a gate will know the key`];
  return { envelope: writeEnvelope(envelope), notices };
}

async function signatureOf(message: Uint8Array, keyFile: string): Promise<Uint8Array> {
  const { bytes } = await readBoundedFile(keyFile, maxKeyBytes);
  const text = Buffer.from(bytes).toString('latin1');
  if (isPlainPrivateKey(text)) return signWithPrivateKey(message, text);
  return bareSignature(await signStatement({ statement: message, keyFile, namespace: statementNamespace }));
}
