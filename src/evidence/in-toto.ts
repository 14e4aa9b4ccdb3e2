import * as z from 'zod';
import { firstIssue } from './json-report.ts';
import { parseUnambiguous } from './json-text.ts';
import { Unreadable } from './unreadable.ts';

/** Statements (in-toto attestation framework, v1 and v0.1): somebody says something, the predicate, about subjects. */

export const statementMediaType = 'application/vnd.in-toto+json';
export const statementType = 'https://in-toto.io/Statement/v1';
const statementTypes = [statementType, 'https://in-toto.io/Statement/v0.1'];

/** What a subject, a source or a configuration is known by. */
export interface Descriptor {
  name?: string | null | undefined;
  uri?: string | null | undefined;
  /** Hex by algorithm, such as `sha256` or `gitCommit`. */
  digest?: Record<string, unknown> | null | undefined;
}

/** For predicates that name resources themselves. */
export const descriptor: z.ZodType<Descriptor> = z.object({
  name: z.string().nullish(),
  uri: z.string().nullish(),
  digest: z.record(z.string(), z.unknown()).nullish(),
});

export interface Statement {
  predicateType: string;
  subjects: Descriptor[];
  predicate: unknown;
}

const schema = z.object({
  _type: z.string(),
  subject: z.array(descriptor).min(1),
  predicateType: z.string().min(1),
  predicate: z.looseObject({}),
});

/** Reads the payload of a verified envelope. @throws Unreadable */
export function parseStatement({
  payloadType,
  payload,
}: {
  payloadType: string;
  payload: Uint8Array;
}): Statement {
  if (payloadType !== statementMediaType)
    throw new Unreadable(`its payload is ${payloadType}, no in-toto statement`);
  const parsed = schema.safeParse(parse(payload));
  if (!parsed.success) throw new Unreadable(`no in-toto statement: ${firstIssue(parsed.error)}`);
  const { _type, subject, predicateType, predicate } = parsed.data;
  if (!statementTypes.includes(_type)) throw new Unreadable(`of the unknown statement type ${_type}`);
  return { predicateType, subjects: subject, predicate };
}

function parse(payload: Uint8Array): unknown {
  try {
    return parseUnambiguous(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable('no in-toto statement: its payload is not JSON');
  }
}

/** Whether it is this commit: by `gitCommit`, or by `sha1` where its name says that it is a commit of git. */
export function isCommit({ name, uri, digest }: Descriptor, sha: string): boolean {
  if (!digest) return false;
  const saysGit = /\bgit\b|github|gitlab/i.test(`${name ?? ''} ${uri ?? ''}`);
  return sameHex(digest.gitCommit, sha) || (saysGit && sameHex(digest.sha1, sha));
}

/** Whether it is the file of this SHA-256, in hex. */
export function isFile({ digest }: Descriptor, sha256: string): boolean {
  return sameHex(digest?.sha256, sha256);
}

function sameHex(given: unknown, wanted: string): boolean {
  return typeof given === 'string' && wanted !== '' && given.toLowerCase() === wanted.toLowerCase();
}
