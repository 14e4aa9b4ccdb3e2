import { Unreadable } from './unreadable.ts';

/** Base64 (RFC 4648, 4 and 5): strict where platforms are lenient, because what is decoded here was signed. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const none = 255;
const values = new Uint8Array(128).fill(none);
for (let at = 0; at < alphabet.length; at++) values[alphabet.charCodeAt(at)] = at;
// The URL-safe alphabet means the same by other characters, and nothing else by these.
values['-'.charCodeAt(0)] = 62;
values['_'.charCodeAt(0)] = 63;

/**
 * Decodes either alphabet, with or without padding.
 * @throws Unreadable for any other character, a wrong length or padding in the wrong place
 */
export function decodeBase64(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = text.length - padding;
  const isWhole = padding === 0 ? length % 4 !== 1 : text.length % 4 === 0;
  if (!isWhole) throw new Unreadable('not base64: its length is wrong');
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let bits = 0;
  let count = 0;
  let end = 0;
  for (let at = 0; at < length; at++) {
    const value = values[text.charCodeAt(at)] ?? none;
    if (value === none) throw new Unreadable(`not base64: a wrong character at ${at + 1}`);
    bits = ((bits << 6) | value) & 0xff_ffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[end++] = (bits >> count) & 0xff;
  }
  return bytes;
}

/** Encodes with the standard alphabet and padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += partBytes) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + partBytes))));
  }
  return parts.join('');
}

/** A multiple of three, so that no part but the last is padded, and few enough to be arguments of one call. */
const partBytes = 3 * 4_096;
