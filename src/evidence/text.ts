import { Unreadable } from './unreadable.ts';

/** A report that has to be held as a whole may not be larger than this. */
export const maxCollectedBytes = 256 * 1024 * 1024;

/** A line longer than this is not one of a report made of lines, in characters. */
const maxLineLength = 1024 * 1024;

/**
 * Decodes a report as UTF-8 while it streams. A byte order mark is dropped and invalid bytes become U+FFFD:
 * garbled names are no reason to lose the counts.
 * @throws Unreadable when there is not a single byte
 */
export async function* decode(report: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let empty = true;
  for await (const bytes of report) {
    empty &&= bytes.length === 0;
    yield decoder.decode(bytes, { stream: true });
  }
  if (empty) throw new Unreadable('the report is empty');
  yield decoder.decode();
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
