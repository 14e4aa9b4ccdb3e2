import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import canonicalize from 'canonicalize';

/** SHA-256 in hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** `sha256:<hex>` over the canonical JSON (RFC 8785) of a value: equal values, equal digests. */
export function digestOf(value: unknown): string {
  return `sha256:${sha256(canonicalize(value) ?? 'null')}`;
}

/** `sha256:<hex>` of a file's bytes, streamed. */
export async function digestOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file)) hash.update(bytes);
  return `sha256:${hash.digest('hex')}`;
}
