import { isErrno } from './files.ts';
import { openToRead } from './shared-files.ts';

/**
 * Text files of people, read so that writing them again keeps every byte: one that is no UTF-8 stands in the text as
 * a lone surrogate (U+DC80 to U+DCFF), which nothing that is UTF-8 can be.
 */

/** A character of several bytes (RFC 3629), or one byte that is part of none. */
const sequence =
  /[\u00c2-\u00df][\u0080-\u00bf]|\u00e0[\u00a0-\u00bf][\u0080-\u00bf]|[\u00e1-\u00ec\u00ee\u00ef][\u0080-\u00bf]{2}|\u00ed[\u0080-\u009f][\u0080-\u00bf]|\u00f0[\u0090-\u00bf][\u0080-\u00bf]{2}|[\u00f1-\u00f3][\u0080-\u00bf]{3}|\u00f4[\u0080-\u008f][\u0080-\u00bf]{2}|[\u0080-\u00ff]/g;
const loneByte = /[\udc80-\udcff]/gu;
const firstOfThem = 0xdc00;
/** Two bytes that no UTF-8 begins with, and UTF-16 does. */
const utf16 = /^(?:\udcff\udcfe|\udcfe\udcff)/;

/**
 * @returns undefined where there is no such file
 * @throws Error with code EILSEQ for UTF-16, and those of `openToRead`: EISDIR, EINVAL, ELOOP
 */
export async function readExactText(file: string): Promise<string | undefined> {
  try {
    const handle = await openToRead(file);
    try {
      const text = exactText(await handle.readFile());
      if (!utf16.test(text)) return text;
      throw Object.assign(new Error('EILSEQ: it is UTF-16, and not UTF-8'), { code: 'EILSEQ' });
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

export function exactText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes('\ufffd')) return text;
  return bytes
    .toString('latin1')
    .replace(sequence, (found) =>
      found.length > 1
        ? Buffer.from(found, 'latin1').toString('utf8')
        : String.fromCharCode(firstOfThem + found.charCodeAt(0)),
    );
}

/** The bytes that `exactText` makes this text of. */
export function exactBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  let at = 0;
  for (const { index, 0: found } of text.matchAll(loneByte)) {
    parts.push(Buffer.from(text.slice(at, index), 'utf8'), Buffer.from([found.charCodeAt(0) - firstOfThem]));
    at = index + 1;
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(at), 'utf8')]);
}
