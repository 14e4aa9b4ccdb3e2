/** What masks cannot tell: whether a number, an escape or a UTF-8 sequence is whole. */

/** Whether the number or literal at `at` is one, with nothing glued to it. */
export function isScalar(at: usize, end: usize): bool {
  let i = at;
  let byte = load<u8>(i);
  if (byte == 0x74) return load<u32>(i) == 0x65757274 && isDelimiter(load<u8>(i, 4)); // true
  if (byte == 0x66) return load<u32>(i, 1) == 0x65736c61 && isDelimiter(load<u8>(i, 5)); // false
  if (byte == 0x6e) return load<u32>(i) == 0x6c6c756e && isDelimiter(load<u8>(i, 4)); // null
  const limit = end - 4;
  if (byte == 0x2d) byte = load<u8>(++i);
  if (byte == 0x30) {
    byte = load<u8>(++i);
  } else {
    if (!isDigit(byte)) return false;
    do byte = load<u8>(++i);
    while (isDigit(byte) && i < limit);
  }
  if (byte == 0x2e) {
    byte = load<u8>(++i);
    if (!isDigit(byte)) return false;
    do byte = load<u8>(++i);
    while (isDigit(byte) && i < limit);
  }
  if ((byte | 0x20) == 0x65) {
    byte = load<u8>(++i);
    if (byte == 0x2b || byte == 0x2d) byte = load<u8>(++i);
    if (!isDigit(byte)) return false;
    do byte = load<u8>(++i);
    while (isDigit(byte) && i < limit);
  }
  return i < limit && isDelimiter(byte);
}

// @ts-ignore: decorator
@inline
export function isDigit(byte: u8): bool {
  return <u8>(byte - 0x30) < 10;
}

// @ts-ignore: decorator
@inline
function isDelimiter(byte: u8): bool {
  return byte == 0x2c || byte == 0x0a || byte == 0x7d || byte == 0x5d || byte == 0x20 || byte == 0x0d || byte == 0x09;
}

/** Which bytes may follow a backslash: one of "\\/bfnrtu. Each is known by its two halves, as in simdjson. */
// @ts-ignore: decorator
@inline
export function mayBeEscaped(v: v128): v128 {
  const nibble = i8x16.splat(0x0f);
  const low = i8x16.swizzle(i8x16(0, 0, 13, 0, 8, 8, 4, 0, 0, 0, 0, 0, 2, 0, 4, 1), v128.and(v, nibble));
  const high = i8x16.swizzle(
    i8x16(0, 0, 1, 0, 0, 2, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0),
    v128.and(i16x8.shr_u(v, 4), nibble),
  );
  return i8x16.ne(v128.and(low, high), i8x16.splat(0));
}

/** Whether four hexadecimal digits stand after the u at `at`. */
export function isHexQuad(at: usize): bool {
  return isHex(load<u8>(at, 1)) && isHex(load<u8>(at, 2)) && isHex(load<u8>(at, 3)) && isHex(load<u8>(at, 4));
}

function isHex(byte: u8): bool {
  return isDigit(byte) || <u8>((byte | 0x20) - 0x61) < 6;
}

let utf8Left: i32 = 0;

export function beginUtf8(): void {
  utf8Left = 0;
}

// @ts-ignore: decorator
@inline
export function isInsideCharacter(): bool {
  return utf8Left != 0;
}

/** Checks the sequences that begin among these 64 bytes (RFC 3629); the ones that reach out of them by looking ahead. */
export function isUtf8(p: usize, highs: u64): bool {
  let left = highs;
  // What a sequence of the block before reached over to.
  for (; utf8Left > 0; utf8Left -= 1) left &= left - 1;
  while (left != 0) {
    const bit = ctz(left);
    const at = p + <usize>bit;
    const first = load<u8>(at);
    const second = load<u8>(at, 1);
    let length: u64;
    if (first >= 0xc2 && first < 0xe0) {
      length = 2;
      if ((second & 0xc0) != 0x80) return false;
    } else if (first >= 0xe0 && first < 0xf0) {
      length = 3;
      const low: u8 = first == 0xe0 ? 0xa0 : 0x80;
      const high: u8 = first == 0xed ? 0x9f : 0xbf;
      if (second < low || second > high || (load<u8>(at, 2) & 0xc0) != 0x80) return false;
    } else if (first >= 0xf0 && first < 0xf5) {
      length = 4;
      const low: u8 = first == 0xf0 ? 0x90 : 0x80;
      const high: u8 = first == 0xf4 ? 0x8f : 0xbf;
      if (second < low || second > high) return false;
      if ((load<u8>(at, 2) & 0xc0) != 0x80 || (load<u8>(at, 3) & 0xc0) != 0x80) return false;
    } else {
      return false;
    }
    const after = bit + length;
    if (after >= 64) {
      utf8Left = <i32>(after - 64);
      return true;
    }
    left &= ~(((<u64>1 << length) - 1) << bit);
  }
  return true;
}

