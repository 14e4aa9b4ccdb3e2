import { Unreadable } from './unreadable.ts';

/** A report that has to be held as a whole may not be larger than this. */
export const maxCollectedBytes = 256 * 1024 * 1024;

/** A line longer than this is not one of a report made of lines, in characters. */
const maxLineLength = 1024 * 1024;

/** As many first bytes of a report as are looked at to find out how its text is encoded. */
const sniffedBytes = 512;

/**
 * Decodes a report while it streams: as its byte order mark says, as UTF-16 where every other byte of its beginning
 * is zero (PowerShell redirects to that), else as UTF-8. The mark is dropped, and invalid bytes become U+FFFD:
 * garbled names are no reason to lose the counts.
 * @param encodingOf names the encoding by the first bytes, for formats that declare it; a label of the WHATWG
 * @throws Unreadable when there is not a single byte
 */
export async function* decode(
  report: AsyncIterable<Uint8Array>,
  encodingOf: (begin: Uint8Array) => string = (begin) => markedEncoding(begin) ?? 'utf-8',
): AsyncGenerator<string> {
  let begin = new Uint8Array();
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  for await (const bytes of report) {
    if (decoder) {
      yield decoder.decode(bytes, { stream: true });
      continue;
    }
    begin = joined([begin, bytes]);
    if (begin.length < sniffedBytes) continue;
    decoder = new TextDecoder(encodingOf(begin));
    yield decoder.decode(begin, { stream: true });
  }
  if (decoder) yield decoder.decode();
  else if (begin.length > 0) yield new TextDecoder(encodingOf(begin)).decode(begin);
  else throw new Unreadable('the report is empty');
}

/** The encoding that the bytes themselves tell: by a byte order mark, or as UTF-16 of an ASCII beginning. */
export function markedEncoding([first, second, third]: Uint8Array): string | undefined {
  if (first === undefined || second === undefined) return undefined;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && first < 0x80 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && second < 0x80))
    return 'utf-16be';
  return first === 0xef && second === 0xbb && third === 0xbf ? 'utf-8' : undefined;
}

/** Decodes the beginning of a report, which may break off inside a character. */
export function decodeBegin(begin: Uint8Array): string {
  return new TextDecoder(markedEncoding(begin) ?? 'utf-8').decode(begin, { stream: true });
}

/** Chunks of a report as one. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/**
 * Splits a report into lines, each with its end as `\n`. Only a last line that breaks off comes without one.
 * @throws Unreadable when the report is empty or a line has no end within a mebibyte
 */
export async function* decodeLines(report: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let begun = '';
  for await (const text of decode(report)) {
    const [first = '', ...others] = text.split('\n');
    begun += first;
    for (const next of others) {
      yield `${checkLength(begun).replace(/\r$/, '')}\n`;
      begun = next;
    }
    checkLength(begun);
  }
  if (begun !== '') yield begun;
}

function checkLength(line: string): string {
  if (line.length > maxLineLength) throw new Unreadable('a line is longer than 1 MiB');
  return line;
}

/**
 * Collects a report that is read as a whole.
 * @throws Unreadable when it is empty or larger than `maxBytes`
 */
export async function collectText(
  report: AsyncIterable<Uint8Array>,
  maxBytes = maxCollectedBytes,
): Promise<string> {
  let text = '';
  for await (const part of decode(limit(report, maxBytes))) text += part;
  return text;
}

async function* limit(report: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const bytes of report) {
    total += bytes.length;
    if (total > maxBytes) throw new Unreadable(`the report is larger than ${maxBytes / 1024 ** 2} MiB`);
    yield bytes;
  }
}
