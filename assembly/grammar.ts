/** Strings, numbers and literals of JSON (RFC 8259) in UTF-8 (RFC 3629). */

/** So many bytes behind the place that is worked on are there, whatever they are. */
export const lookAhead: usize = 4096;

/**
 * Goes through the text of a string, to its closing quote or past `last`, whatever comes first; never to the middle of
 * an escape or of a character.
 * @returns 0 where it is none
 */
// @ts-ignore: decorator
@inline
export function skipText(from: usize, last: usize): usize {
  let p = from;
  while (p <= last) {
    const v = v128.load(p);
    const special = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(v, i8x16.splat(0x22)), i8x16.eq(v, i8x16.splat(0x5c))),
        i8x16.lt_s(v, i8x16.splat(0x20)), // control characters, and what is not ASCII
      ),
    );
    if (special == 0) {
      p += 16;
      continue;
    }
    p += <usize>ctz(special);
    const byte = load<u8>(p);
    if (byte == 0x22) return p;
    const length = byte == 0x5c ? lengthOfEscape(p) : lengthOfCharacter(p);
    if (length == 0) return 0;
    p += length;
  }
  return p;
}

/** How many bytes the escape at `at` has; 0 where it is none. */
function lengthOfEscape(at: usize): usize {
  const byte = load<u8>(at, 1);
  if (byte == 0x75) return isHexQuad(at + 2) ? 6 : 0;
  if (byte == 0x22 || byte == 0x5c || byte == 0x2f) return 2;
  // b, f, n, r, t
  return byte >= 0x60 && byte < 0x78 && ((0x144044 >> (byte - 0x60)) & 1) != 0 ? 2 : 0;
}

function isHexQuad(at: usize): bool {
  return isHex(load<u8>(at)) && isHex(load<u8>(at, 1)) && isHex(load<u8>(at, 2)) && isHex(load<u8>(at, 3));
}

function isHex(byte: u8): bool {
  return isDigit(byte) || <u8>((byte | 0x20) - 0x61) < 6;
}

/** How many bytes the character at `at` has, which is not ASCII; 0 where it is none. */
function lengthOfCharacter(at: usize): usize {
  const first = load<u8>(at);
  const second = load<u8>(at, 1);
  if (first < 0xc2) return 0;
  if (first < 0xe0) return (second & 0xc0) == 0x80 ? 2 : 0;
  if (first < 0xf0) {
    const low: u8 = first == 0xe0 ? 0xa0 : 0x80;
    const high: u8 = first == 0xed ? 0x9f : 0xbf;
    return second >= low && second <= high && (load<u8>(at, 2) & 0xc0) == 0x80 ? 3 : 0;
  }
  if (first >= 0xf5) return 0;
  const low: u8 = first == 0xf0 ? 0x90 : 0x80;
  const high: u8 = first == 0xf4 ? 0x8f : 0xbf;
  return second >= low && second <= high && (load<u16>(at, 2) & 0xc0c0) == 0x8080 ? 4 : 0;
}

/** Whether a number, true, false or null may begin with this byte. */
// @ts-ignore: decorator
@inline
export function beginsScalar(byte: u8): bool {
  return isDigit(byte) || byte == 0x2d || byte == 0x74 || byte == 0x66 || byte == 0x6e;
}

/** The end of the number or literal at `at`; what comes right after it is for the gap to say. 0 where it is none. */
export function skipScalar(at: usize, end: usize): usize {
  let i = at;
  let byte = load<u8>(i);
  if (byte == 0x74) return load<u32>(i) == 0x65757274 ? i + 4 : 0; // true
  if (byte == 0x66) return load<u32>(i, 1) == 0x65736c61 ? i + 5 : 0; // false
  if (byte == 0x6e) return load<u32>(i) == 0x6c6c756e ? i + 4 : 0; // null
  const limit = end - 4;
  if (byte == 0x2d) byte = load<u8>(++i);
  if (byte == 0x30) {
    byte = load<u8>(++i);
  } else {
    if (!isDigit(byte)) return 0;
    do byte = load<u8>(++i);
    while (isDigit(byte) && i < limit);
  }
  if (byte == 0x2e) {
    byte = load<u8>(++i);
    if (!isDigit(byte)) return 0;
    do byte = load<u8>(++i);
    while (isDigit(byte) && i < limit);
  }
  if ((byte | 0x20) == 0x65) {
    byte = load<u8>(++i);
    if (byte == 0x2b || byte == 0x2d) byte = load<u8>(++i);
    if (!isDigit(byte)) return 0;
    do byte = load<u8>(++i);
    while (isDigit(byte) && i < limit);
  }
  return i < limit ? i : 0;
}

// @ts-ignore: decorator
@inline
export function isDigit(byte: u8): bool {
  return <u8>(byte - 0x30) < 10;
}

// @ts-ignore: decorator
@inline
export function isWhite(byte: u8): bool {
  return byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09;
}
