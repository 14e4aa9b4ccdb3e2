/** Where something stands in a file, as a person looks it up. */

export interface Place {
  /** From 1. */
  line: number;
  /** From 1, in characters; a byte order mark is none. */
  column: number;
  /** The line around the place, at most `maxExcerptLength` characters. */
  excerpt: string;
}

const maxExcerptLength = 80;
const lineFeed = 0x0a;

/** Line, column and surroundings of a byte offset. */
export function placeOf(bytes: Uint8Array, offset: number): Place {
  let line = 1;
  let lineStart = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1 && at < offset; at = bytes.indexOf(lineFeed, at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  const nextLine = bytes.indexOf(lineFeed, offset);
  const lineEnd = nextLine === -1 ? bytes.length : nextLine;
  // Up to four bytes a character: enough on both sides, however long the line is.
  const reach = 4 * maxExcerptLength;
  const before = [...decode(bytes.subarray(Math.max(lineStart, offset - reach), offset))];
  const after = [...decode(bytes.subarray(offset, Math.min(lineEnd, offset + reach)))];
  const shown = [...before.slice(-maxExcerptLength / 2), ...after.slice(0, maxExcerptLength / 2)].join('');
  return {
    line,
    column: characterCount(bytes.subarray(lineStart, offset)) + 1,
    excerpt: shown.replaceAll(/\p{Cc}/gu, ' ').trim(),
  };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function characterCount(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if ((byte & 0xc0) !== 0x80) count += 1;
  const hasByteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return hasByteOrderMark ? count - 1 : count;
}
