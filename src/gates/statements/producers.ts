import type { ProducerConfig } from '../../config/producers.ts';
import { DevopsError } from '../../errors.ts';
import { type Envelope, paeOf } from '../../evidence/dsse.ts';
import { digestOf } from '../../platform/digest.ts';
import { path, readTextIfExists } from '../../platform/files.ts';
import { verifyWithPublicKey } from '../../platform/public-keys.ts';
import { armored, verifyWithSigners } from '../../platform/signatures.ts';
import type { Project } from '../../project.ts';

/** Whose statements count, and whether one is theirs. */

export const statementNamespace = 'devops-engineer-evidence';

/** A producer with its keys as they are now. */
export interface Producer {
  name: string;
  /** Changes with its keys, so that what was signed with others can be told apart. */
  digest: string;
  config: ProducerConfig;
  /** Text of its key file; undefined where there is none. */
  keys: string | undefined;
}

/** Who signed an envelope. */
export interface Attestor {
  producer: string;
  /** Principal of the allowed signers file, or fingerprint of the public key. */
  principal: string;
  producerDigest: string;
}

/** The producers that a check, or any of several, takes statements of. */
export async function producersOf(project: Project, checks: readonly string[]): Promise<Producer[]> {
  const names = new Set(checks.flatMap((check) => project.config.checks[check]?.attestedBy ?? []));
  return Promise.all(
    [...names].flatMap((name) => {
      const config = project.config.producers[name];
      return config ? [withKeys(project, name, config)] : [];
    }),
  );
}

async function withKeys(project: Project, name: string, config: ProducerConfig): Promise<Producer> {
  const file = path.resolve(project.dir, keyFileOf(config));
  const keys = await readTextIfExists(file);
  return { name, config, keys, digest: digestOf({ name, config, keys: keys ?? null }) };
}

/** The file of a producer's keys, as configured. */
export function keyFileOf({ allowedSigners, publicKey }: ProducerConfig): string {
  return allowedSigners ?? publicKey ?? '';
}

/** Those of the producers that signed the envelope, and why the others did not. One signature of each is enough. */
export async function verifyEnvelope(
  envelope: Envelope,
  producers: readonly Producer[],
): Promise<{ attestors: Attestor[]; reasons: string[] }> {
  const message = paeOf(envelope);
  const attestors: Attestor[] = [];
  const reasons: string[] = [];
  for (const producer of producers) {
    const found = await findSignature(producer, envelope.signatures, message);
    if ('principal' in found) {
      attestors.push({
        producer: producer.name,
        principal: found.principal,
        producerDigest: producer.digest,
      });
    } else reasons.push(`${producer.name}: ${found.why}`);
  }
  return { attestors, reasons };
}

async function findSignature(
  producer: Producer,
  signatures: readonly Uint8Array[],
  message: Uint8Array,
): Promise<{ principal: string } | { why: string }> {
  const reasons: string[] = [];
  for (const signature of signatures) {
    try {
      return { principal: await verifyOne(producer, signature, message) };
    } catch (error) {
      if (!(error instanceof DevopsError)) throw error;
      reasons.push(error.message);
    }
  }
  return { why: [...new Set(reasons)].join('; ') };
}

/** @throws SIGNATURE_REFUSED */
async function verifyOne(
  { config, keys }: Producer,
  signature: Uint8Array,
  message: Uint8Array,
): Promise<string> {
  const file = keyFileOf(config);
  if (keys === undefined) throw notSigned(`there is no ${file}`);
  const ssh = armored(signature);
  if (config.publicKey !== undefined) {
    if (ssh !== undefined) throw notSigned(`it is an SSH signature, and ${file} is a key for plain ones`);
    return verifyWithPublicKey({ message, signature, pem: keys });
  }
  if (ssh === undefined) throw notSigned(`it is no SSH signature, and ${file} lists SSH keys`);
  const signer = await verifyWithSigners({
    statement: message,
    signature: ssh,
    allowedSigners: keys, // the text that the digest names, not the file: that may be another one by now
    fileName: path.basename(file),
    namespace: statementNamespace,
  });
  return signer.principal;
}

function notSigned(why: string): DevopsError {
  return new DevopsError('SIGNATURE_REFUSED', why, {
    remedy: 'Sign it with a key that devops.yaml lists for the producer.',
  });
}
