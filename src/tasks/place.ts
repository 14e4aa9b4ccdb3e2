import type { ByteSource } from './scan/window.ts';

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
const chunkSize = 1 << 20;
/** Up to four bytes a character: enough on both sides, however long the line is. */
const reach = 4 * maxExcerptLength;

/** Line, column and surroundings of a byte offset. Reads the file up to there, in pieces. */
export async function placeOf(source: ByteSource, offset: number): Promise<Place> {
  const { line, lineStart, column } = await countTo(source, offset);
  const before = [...(await textOf(source, Math.max(lineStart, offset - reach), offset))];
  const [sameLine = ''] = (await textOf(source, offset, offset + reach)).split('\n', 1);
  const shown = [...before.slice(-maxExcerptLength / 2), ...[...sameLine].slice(0, maxExcerptLength / 2)];
  return {
    line,
    column,
    excerpt: shown
      .join('')
      .replaceAll(/\p{Cc}/gu, ' ')
      .trim(),
  };
}

/** The line of a byte offset, from 1. */
export async function lineOf(source: ByteSource, offset: number): Promise<number> {
  return (await countTo(source, offset)).line;
}

async function countTo(source: ByteSource, offset: number) {
  const chunk = new Uint8Array(Math.min(chunkSize, offset + 1));
  let line = 1;
  let lineStart = 0;
  let column = 1;
  for (let position = 0; position < offset; ) {
    const length = await source.read(chunk.subarray(0, Math.min(chunk.length, offset - position)), position);
    if (length === 0) break;
    const bytes = chunk.subarray(0, length);
    let columnFrom = 0;
    for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) {
      line += 1;
      lineStart = position + at + 1;
      columnFrom = at + 1;
      column = 1;
    }
    column += characterCount(bytes.subarray(columnFrom));
    if (position === 0 && line === 1 && hasByteOrderMark(bytes)) column -= 1;
    position += length;
  }
  return { line, lineStart, column };
}

async function textOf(source: ByteSource, start: number, end: number): Promise<string> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  const length = await source.read(bytes, start);
  return new TextDecoder().decode(bytes.subarray(0, length));
}

function characterCount(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if ((byte & 0xc0) !== 0x80) count += 1;
  return count;
}

function hasByteOrderMark([first, second, third]: Uint8Array): boolean {
  return first === 0xef && second === 0xbb && third === 0xbf;
}
