/**
 * The grammar of JSON (RFC 8259) over bytes: finds where a value ends, strictly, without building it and without
 * recursion, so that neither the size nor the depth of a value matters.
 */

/** Says at which byte the text stops being JSON, and why. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  /** Byte offset from the start of the file, a byte order mark included. */
  readonly offset: number;
  /** Whether it was the end of the bytes that came too early: more of them might mend it. */
  readonly isAtEnd: boolean;

  constructor(offset: number, reason: string, { isAtEnd = false } = {}) {
    super(reason);
    this.offset = offset;
    this.isAtEnd = isAtEnd;
  }
}

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;
const plus = 0x2b;
const minus = 0x2d;
const dot = 0x2e;
const digit0 = 0x30;
const digit9 = 0x39;
const letterU = 0x75;
const backslash = 0x5c;
const lowerCase = 0x20;

export const comma = 0x2c;
export const colon = 0x3a;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;

const literals: ReadonlyMap<number, Uint8Array> = new Map(
  ['true', 'false', 'null'].map((word) => [word.charCodeAt(0), new TextEncoder().encode(word)]),
);
const escapable = new Set(new TextEncoder().encode('"\\/bfnrt'));

export function skipWhitespace(bytes: Uint8Array, at: number): number {
  let i = at;
  for (;;) {
    const byte = bytes[i];
    if (byte !== space && byte !== lineFeed && byte !== carriageReturn && byte !== tab) return i;
    i += 1;
  }
}

/**
 * Offset after the value that starts at `at`.
 * @throws JsonSyntaxError
 */
export function skipValue(bytes: Uint8Array, at: number): number {
  const closers: number[] = [];
  let i = at;
  for (;;) {
    const first = bytes[i];
    if (first === openBrace || first === openBracket) {
      const closer = first === openBrace ? closeBrace : closeBracket;
      i = skipWhitespace(bytes, i + 1);
      if (bytes[i] !== closer) {
        closers.push(closer);
        if (closer === closeBrace) i = skipKey(bytes, i);
        continue;
      }
      i += 1;
    } else {
      i = skipScalar(bytes, i);
    }
    for (;;) {
      const closer = closers.at(-1);
      if (closer === undefined) return i;
      i = skipWhitespace(bytes, i);
      if (bytes[i] === comma) {
        i = skipWhitespace(bytes, i + 1);
        if (closer === closeBrace) i = skipKey(bytes, i);
        break;
      }
      if (bytes[i] !== closer)
        throw unexpected(bytes, i, closer === closeBrace ? '"," or "}"' : '"," or "]"');
      closers.pop();
      i += 1;
    }
  }
}

/**
 * Offset of the value that belongs to the key at `at`.
 * @throws JsonSyntaxError
 */
export function skipKey(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== quote) throw unexpected(bytes, at, 'a key in double quotes');
  const i = skipWhitespace(bytes, skipString(bytes, at));
  if (bytes[i] !== colon) throw unexpected(bytes, i, '":"');
  return skipWhitespace(bytes, i + 1);
}

/**
 * Offset after the string whose opening quote is at `at`.
 * @throws JsonSyntaxError
 */
export function skipString(bytes: Uint8Array, at: number): number {
  let i = at + 1;
  for (;;) {
    const byte = bytes[i];
    if (byte === quote) return i + 1;
    if (byte === backslash) {
      i = skipEscape(bytes, i);
    } else if (byte === undefined) {
      throw new JsonSyntaxError(at, 'the string that begins here never ends', { isAtEnd: true });
    } else if (byte < space) {
      throw new JsonSyntaxError(i, `${name(byte)} must be escaped inside a string`);
    } else {
      i += 1;
    }
  }
}

function skipEscape(bytes: Uint8Array, at: number): number {
  const kind = bytes[at + 1];
  if (kind === letterU) {
    for (let i = at + 2; i < at + 6; i += 1) {
      if (!isHexDigit(bytes[i])) throw unexpected(bytes, i, 'four hexadecimal digits after "\\u"');
    }
    return at + 6;
  }
  if (kind === undefined || !escapable.has(kind))
    throw unexpected(bytes, at + 1, 'an escape such as \\n or \\"');
  return at + 2;
}

function skipScalar(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === quote) return skipString(bytes, at);
  if (first === minus || isDigit(first)) return skipNumber(bytes, at);
  const literal = first === undefined ? undefined : literals.get(first);
  if (!literal) throw unexpected(bytes, at, 'a value');
  for (let i = 1; i < literal.length; i += 1) {
    if (at + i >= bytes.length) throw unexpected(bytes, at + i, 'a value');
    if (bytes[at + i] !== literal[i]) throw unexpected(bytes, at, 'a value');
  }
  return at + literal.length;
}

function skipNumber(bytes: Uint8Array, at: number): number {
  let i = bytes[at] === minus ? at + 1 : at;
  i = bytes[i] === digit0 ? i + 1 : skipDigits(bytes, i);
  if (bytes[i] === dot) i = skipDigits(bytes, i + 1);
  if (((bytes[i] ?? 0) | lowerCase) === 0x65 /* e */) {
    i += 1;
    if (bytes[i] === plus || bytes[i] === minus) i += 1;
    i = skipDigits(bytes, i);
  }
  return i;
}

function skipDigits(bytes: Uint8Array, at: number): number {
  if (!isDigit(bytes[at])) throw unexpected(bytes, at, 'a digit');
  let i = at + 1;
  while (isDigit(bytes[i])) i += 1;
  return i;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= digit0 && byte <= digit9;
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | lowerCase;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

/** The error for a byte that cannot stand where it stands. */
export function unexpected(bytes: Uint8Array, at: number, expected: string): JsonSyntaxError {
  const byte = bytes[at];
  const found = byte === undefined ? 'the end of the file' : name(byte);
  return new JsonSyntaxError(Math.min(at, bytes.length), `expected ${expected}, found ${found}`, {
    isAtEnd: byte === undefined,
  });
}

function name(byte: number): string {
  if (byte > space && byte < 0x7f) return byte === quote ? `'"'` : `"${String.fromCharCode(byte)}"`;
  return `byte 0x${byte.toString(16).padStart(2, '0')}`;
}
