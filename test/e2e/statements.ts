import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { paeOf } from '../../src/evidence/dsse.ts';
import { statementMediaType } from '../../src/evidence/in-toto.ts';
import type { Pocket } from './pocket.ts';

/** Envelopes as a build system makes them, and as somebody makes them who would like to be one. */

// biome-ignore lint/suspicious/noExplicitAny: tests change statements into what no type allows
export type AnyStatement = any;

export interface EnvelopeText {
  payload: string;
  payloadType: string;
  signatures: { sig: string; keyid?: string }[];
}

export type Sign = (message: Uint8Array) => Promise<string>;

/** A new SSH key in the pocket's `.git`, where nothing is committed. @returns its file */
export async function makeSshKey(pocket: Pocket, name: string): Promise<string> {
  const file = path.join(pocket.dir, '.git', name);
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
  return file;
}

/** Writes an allowed signers file: principals and their keys. */
export async function allowSigners(
  pocket: Pocket,
  file: string,
  ...signers: [principal: string, keyFile: string][]
): Promise<void> {
  const lines = signers.map(async ([who, key]) => `${who} ${await readFile(`${key}.pub`, 'utf8')}`);
  await writeFile(path.join(pocket.dir, file), (await Promise.all(lines)).join(''));
}

export function sshSigner(keyFile: string, namespace = 'devops-engineer-evidence'): Sign {
  return async (message) => {
    const args = ['-Y', 'sign', '-n', namespace, '-f', keyFile];
    const { stdout } = await execa('ssh-keygen', args, { input: message });
    return Buffer.from(`${stdout}\n`).toString('base64');
  };
}

export function pemSigner(pem: string): Sign {
  const key = createPrivateKey(pem);
  return async (message) =>
    sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', message, key).toString('base64');
}

/** A pair of keys as files hold them. */
export function inPem(pair: { publicKey: KeyObject; privateKey: KeyObject }): {
  publicKey: string;
  privateKey: string;
} {
  return {
    publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

export async function envelopeOf(
  statement: AnyStatement,
  signers: readonly Sign[],
  payloadType = statementMediaType,
): Promise<EnvelopeText> {
  const payload = Buffer.from(typeof statement === 'string' ? statement : JSON.stringify(statement));
  const message = paeOf({ payloadType, payload });
  const signatures = await Promise.all(signers.map(async (one) => ({ sig: await one(message) })));
  return { payload: payload.toString('base64'), payloadType, signatures };
}

/** The statement in an envelope. */
export function statementIn({ payload }: EnvelopeText): AnyStatement {
  return JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
}

/** The envelope with another statement under the same signatures. */
export function tampered(envelope: EnvelopeText, change: (statement: AnyStatement) => void): EnvelopeText {
  const statement = statementIn(envelope);
  change(statement);
  return { ...envelope, payload: Buffer.from(JSON.stringify(statement)).toString('base64') };
}

/** Puts these lines, and no others, into the note of a commit. */
export async function writeNote(pocket: Pocket, sha: string, lines: readonly unknown[]): Promise<void> {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const file = path.join(pocket.dir, '.git', 'note.txt');
  await writeFile(file, `${text}\n`);
  await pocket.git('notes', '--ref=devops-evidence', 'add', '--force', '--file', file, sha);
}
