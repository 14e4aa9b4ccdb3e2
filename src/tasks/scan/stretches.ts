import type { ByteSource } from './window.ts';

/**
 * A file in stretches, each made a whole task file of its own, so that several threads can read it. Where a stretch
 * begins is guessed from how the first entry is written; reading proves the guess: every stretch but the last gets an
 * element and a bracket of ours at its end, and only where the cut really is between two entries of the list does the
 * list end exactly there. So each stretch vouches for the beginning of the next one.
 */
export interface Stretch {
  source: ByteSource;
  /** Where its list begins; undefined for the first one, which has the file's own beginning. */
  listStart: number | undefined;
  /** Where its list ends when the guess was right; undefined for the last one, which has the file's own end. */
  listEnd: number | undefined;
  /** What is to be added to an offset in it for one in the file. */
  shift: number;
}

/** How a file may be cut. */
export interface CutPattern {
  /** What stands between two entries, and how an entry begins. One character a byte. */
  gap: string;
  opening: string;
  isWrapped: boolean;
}

const headBytes = 4096;
/** A cut is looked for in so many bytes; mostly the first few have one. */
const reaches = [1 << 13, 1 << 18];
const beginning =
  /^\ufeff?\s*(\{\s*(?:"[^"\\]*"\s*:\s*(?:"[^"\\]*"|[\w.+-]+)\s*,\s*)*"tasks"\s*:\s*)?\[(\s*)(\{\s*"[^"\\]*")/;

/** @returns undefined where nothing is to be guessed from */
export async function guessPattern(source: ByteSource): Promise<CutPattern | undefined> {
  const [, wrapper, gap, opening] = beginning.exec(await textOf(source, 0, headBytes)) ?? [];
  if (gap === undefined || opening === undefined) return undefined;
  return { gap: `},${gap}`, opening, isWrapped: wrapper !== undefined };
}

/** The first byte of an entry from `from` on, as far as can be guessed. */
export async function findCut(
  source: ByteSource,
  from: number,
  { gap, opening }: CutPattern,
): Promise<number | undefined> {
  for (const reach of reaches) {
    const at = (await textOf(source, from, reach)).indexOf(gap + opening);
    if (at !== -1) return from + at + gap.length;
  }
  return undefined;
}

/** The stretch between two cuts; without one it goes to that end of the file. */
export function stretchOf(
  source: ByteSource,
  { isWrapped }: CutPattern,
  { start, end }: { start: number | undefined; end: number | undefined },
): Stretch {
  const intro = start === undefined ? '' : isWrapped ? '{"tasks":[' : '[';
  const ending = end === undefined ? '' : isWrapped ? '0]}' : '0]';
  const [from, to] = [start ?? 0, end ?? source.size];
  return {
    source: enclosed(encoder.encode(intro), part(source, from, to), encoder.encode(ending)),
    listStart: start === undefined ? undefined : intro.length - 1,
    listEnd: end === undefined ? undefined : intro.length + (to - from) + '0]'.length,
    shift: from - intro.length,
  };
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
    isInstant: source.isInstant,
    read: (into, position) =>
      source.read(into.subarray(0, Math.max(0, end - start - position)), start + position),
  };
}

function enclosed(before: Uint8Array, source: ByteSource, after: Uint8Array): ByteSource {
  const afterFrom = before.length + source.size;
  return {
    size: afterFrom + after.length,
    isInstant: source.isInstant,
    async read(into, position) {
      const ahead = before.subarray(position, position + into.length);
      into.set(ahead);
      let filled = ahead.length;
      const own = into.subarray(filled, Math.max(filled, afterFrom - position));
      if (own.length > 0) {
        const length = await source.read(own, position + filled - before.length);
        filled += length;
        if (length < own.length) return filled; // shorter than it was: nothing may be put at another place
      }
      const behind = Math.max(0, position + filled - afterFrom);
      const rest = after.subarray(behind, behind + into.length - filled);
      into.set(rest, filled);
      return filled + rest.length;
    },
  };
}
