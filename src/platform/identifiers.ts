import { randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford's: no letter that reads like a digit

/** A new identifier such as `dep-7k2m9qx4tb`: 50 random bits, safe in file names, URLs and shells. */
export function newId(prefix: 'dep' | 'gate' | 'ev' | 'apr' | 'pol' | 'ovr' | 'msg'): string {
  const letters = Array.from(randomBytes(10), (byte) => alphabet[byte & 31]);
  return `${prefix}-${letters.join('')}`;
}
