import type { ByteSource } from './window.ts';

/**
 * A file in two halves, each a whole task file of its own, so that two threads can read it. Where the second entry of
 * the middle begins is guessed from how the first one is written; reading proves the guess: the first half gets an
 * element and a bracket of ours at its end, and only where the middle really is between two entries of the list does
 * the list end exactly there.
 */
export interface Halves {
  head: ByteSource;
  tail: ByteSource;
  /** Where the list of the head ends when the guess was right. */
  headEnd: number;
  /** What is to be added to an offset in the tail for one in the file. */
  tailShift: number;
}

/** Where the tail begins, and what is put in front of it. */
export interface Split {
  boundary: number;
  intro: string;
}

const headBytes = 4096;
const middleBytes = 1 << 18;
const opening =
  /^\ufeff?\s*(\{\s*(?:"[^"\\]*"\s*:\s*(?:"[^"\\]*"|[\w.+-]+)\s*,\s*)*"tasks"\s*:\s*)?\[(\s*)(\{\s*"[^"\\]*")/;

/** Guesses a middle between two entries. @returns undefined where nothing is to be guessed from */
export async function guessSplit(source: ByteSource): Promise<Split | undefined> {
  const [, wrapper, gap, first] = opening.exec(await textOf(source, 0, headBytes)) ?? [];
  if (gap === undefined || first === undefined) return undefined;
  const from = Math.floor(source.size / 2);
  const middle = await textOf(source, from, middleBytes);
  const before = `},${gap}`;
  const at = middle.indexOf(before + first);
  if (at === -1) return undefined;
  return { boundary: from + at + before.length, intro: wrapper === undefined ? '[' : '{"tasks":[' };
}

export function halvesOf(source: ByteSource, { boundary, intro }: Split): Halves {
  const ending = encoder.encode(intro === '[' ? '0]' : '0]}');
  return {
    head: joined(part(source, 0, boundary), ofBytes(ending)),
    tail: tailOf(source, { boundary, intro }),
    headEnd: boundary + 2,
    tailShift: boundary - intro.length,
  };
}

export function tailOf(source: ByteSource, { boundary, intro }: Split): ByteSource {
  return joined(ofBytes(encoder.encode(intro)), part(source, boundary, source.size));
}

const encoder = new TextEncoder();
/** One character a byte: offsets must be those of the file. */
const latin1 = new TextDecoder('latin1');

async function textOf(source: ByteSource, start: number, length: number): Promise<string> {
  const bytes = new Uint8Array(length);
  return latin1.decode(bytes.subarray(0, await source.read(bytes, start))).replace(/^ï»¿/, '\ufeff');
}

function part(source: ByteSource, start: number, end: number): ByteSource {
  return {
    size: end - start,
    read: (into, position) =>
      source.read(into.subarray(0, Math.max(0, end - start - position)), start + position),
  };
}

function ofBytes(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(into, position) {
      const rest = bytes.subarray(position, position + into.length);
      into.set(rest);
      return rest.length;
    },
  };
}

function joined(first: ByteSource, second: ByteSource): ByteSource {
  return {
    size: first.size + second.size,
    async read(into, position) {
      const ahead = into.subarray(0, Math.max(0, first.size - position));
      const filled = ahead.length > 0 ? await first.read(ahead, position) : 0;
      if (filled < ahead.length) return filled;
      const rest = into.subarray(filled);
      return rest.length === 0 ? filled : filled + (await second.read(rest, position + filled - first.size));
    },
  };
}
