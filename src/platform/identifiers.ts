import { createHash, randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford's: no letter that reads like a digit

type Prefix = 'dep' | 'gate' | 'ev' | 'apr' | 'pol' | 'ovr' | 'msg' | 'esc';

/** A new identifier such as `dep-7k2m9qx4tb`: 50 random bits, safe in file names, URLs and shells. */
export function newId(prefix: Prefix): string {
  return spell(prefix, randomBytes(10));
}

/** The identifier of a thing that is known by its parts: the same parts, the same identifier. */
export function knownId(prefix: Prefix, parts: readonly (string | number)[]): string {
  return spell(prefix, createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16));
}

function spell(prefix: Prefix, bytes: Uint8Array): string {
  return `${prefix}-${Array.from(bytes, (byte) => alphabet[byte & 31]).join('')}`;
}
