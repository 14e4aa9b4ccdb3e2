import * as z from 'zod';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { firstIssue } from './json-report.ts';
import { parseUnambiguous } from './json-text.ts';
import { joined } from './text.ts';
import { Unreadable } from './unreadable.ts';

/**
 * Signed envelopes (DSSE, github.com/secure-systems-lab/dsse: protocol 1.0.0, envelope 0.1.0). What is in one is no
 * statement of anybody before a signature over `paeOf` was verified.
 */
export interface Envelope {
  payloadType: string;
  payload: Uint8Array;
  /** Of keys that the envelope itself cannot name: its key ids are hints that nobody signed. */
  signatures: Uint8Array[];
}

/** Every signature may cost a process; nobody needs more of them on one statement. */
export const maxSignatures = 5;

const envelope = z.object({
  payload: z.string(),
  payloadType: z.string().min(1),
  signatures: z.array(z.object({ sig: z.string() })),
});

/** Sigstore's bundle carries one beside what a certificate would be verified with. */
const bundle = z.object({ dsseEnvelope: envelope });

/**
 * Reads the JSON of an envelope, bare or in a Sigstore bundle.
 * @throws Unreadable
 */
export function parseEnvelope(text: string): Envelope {
  const value = parse(text);
  const inner = bundle.safeParse(value);
  const { data, error } = inner.success
    ? { data: inner.data.dsseEnvelope, error: undefined }
    : envelope.safeParse(value);
  if (error) throw new Unreadable(`no DSSE envelope: ${firstIssue(error)}`);
  const { payload, payloadType, signatures } = data;
  if (signatures.length === 0) throw new Unreadable('not signed');
  if (signatures.length > maxSignatures) throw new Unreadable(`has more than ${maxSignatures} signatures`);
  return {
    payloadType,
    payload: decodeBase64(payload),
    signatures: signatures.map(({ sig }) => decodeBase64(sig)),
  };
}

function parse(text: string): unknown {
  try {
    return parseUnambiguous(text);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable('no DSSE envelope: not JSON');
  }
}

/** The bytes that are signed: "Pre-Authentication Encoding", so that no payload can be taken for one of another type. */
export function paeOf({ payloadType, payload }: Pick<Envelope, 'payloadType' | 'payload'>): Uint8Array {
  const encoder = new TextEncoder();
  const type = encoder.encode(payloadType);
  return joined([
    encoder.encode(`DSSEv1 ${type.length} `),
    type,
    encoder.encode(` ${payload.length} `),
    payload,
  ]);
}

/** Writes an envelope on one line. */
export function writeEnvelope({ payloadType, payload, signatures }: Envelope): string {
  return JSON.stringify({
    payload: encodeBase64(payload),
    payloadType,
    signatures: signatures.map((signature) => ({ sig: encodeBase64(signature) })),
  });
}
