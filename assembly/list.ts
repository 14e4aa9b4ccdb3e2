import {
  beginEntries,
  closeEntry,
  countElement,
  flagEntry,
  getElementCount,
  getEntryStart,
  getRowCount,
  innerClosed,
  innerOpened,
  isOdd,
  openEntry,
  readMember,
  readPayloadMember,
  setBytesEnd,
  shiftEntry,
  takeRows,
} from './entry';
import { beginUtf8, isHexQuad, isInsideCharacter, isScalar, isUtf8, mayBeEscaped } from './grammar';
import { allocate, columns, maxDepth, maxRows, stack } from './memory';
import { find, getWordCount, getWordRecords, growWords, intern, isCramped } from './words';

/**
 * The hot part of reading a task file: walks one JSON array, 64 bytes at a time, checks every byte against the grammar
 * of JSON (RFC 8259), and writes one row per element. AssemblyScript, compiled to WebAssembly with SIMD;
 * `src/tasks/scan/wasm-walker.ts` drives it.
 *
 * The approach is that of simdjson (Langdale, Lemire: "Parsing Gigabytes of JSON per Second", VLDB Journal 2019):
 * compare 64 bytes with each interesting character at once, keep the results as 64-bit masks, and reason with masks.
 * Where simdjson then goes from token to token, this stays with masks for the grammar too: "the next character that is
 * no white space after one of these" is one addition, because a carry runs through a run of ones and stops after it.
 */

export { allocate, find, getElementCount, getRowCount, getWordCount, getWordRecords, growWords, intern, takeRows };

// What `walk` returns.
const needsBytes: i32 = 0;
const listEnded: i32 = 1;
const rowsFull: i32 = 2;
const wordsFull: i32 = 3;
/** Not JSON, or more than is done here: deeper than the stack, a number longer than the look-ahead. */
const givesUp: i32 = 4;

/** So many bytes behind the block that is worked on are looked at, too. */
const lookAhead: usize = 512;
const blockSize: usize = 64;
/** A block holds at most this many elements. */
const maxRowsPerBlock: i32 = 33;

// Where the walk stands, from one call to the next.
let position: usize = 0;
let depth: i32 = 0;
let isCurly: bool = false;
let carryEscape: u64 = 0;
let carryString: u64 = 0;
let carryScalar: u64 = 0;
let carryAfterValue: u64 = 0;
let carryKeyPlace: u64 = 0;
let carryInKey: u64 = 0;
let carryAfterKey: u64 = 0;
let carryValuePlace: u64 = 0;
let carryAfterOpen: u64 = 0;

export function getPosition(): usize {
  return position;
}

export function getColumns(): usize {
  return columns;
}

export function getColumnLength(): i32 {
  return maxRows;
}

/** From here on bytes are still needed: from the start of the entry that is open, or of the one to come. */
export function getKeepFrom(): usize {
  return depth > 0 ? getEntryStart() : position;
}

/** Begins at the byte after the opening bracket of a list. */
export function begin(at: usize): void {
  position = at;
  depth = 0;
  isCurly = false;
  carryEscape = carryString = carryScalar = carryAfterValue = 0;
  carryKeyPlace = carryInKey = carryAfterKey = 0;
  carryValuePlace = carryAfterOpen = 1;
  beginUtf8();
  beginEntries();
}

/** The bytes from `getKeepFrom()` on now stand `by` further on in memory, or back. */
export function shift(by: isize): void {
  position += by;
  shiftEntry(by);
}

// @ts-ignore: decorator
@inline
function maskOf(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a)) |
    (<u64>(<u32>i8x16.bitmask(b)) << 16) |
    (<u64>(<u32>i8x16.bitmask(c)) << 32) |
    (<u64>(<u32>i8x16.bitmask(d)) << 48)
  );
}

/** Bytes that matter inside of a string: quotes, backslashes, control characters and what is not ASCII. */
// @ts-ignore: decorator
@inline
function loud(v: v128): v128 {
  return v128.or(
    v128.or(i8x16.eq(v, i8x16.splat(0x22)), i8x16.eq(v, i8x16.splat(0x5c))),
    i8x16.lt_s(v, i8x16.splat(0x20)),
  );
}

// @ts-ignore: decorator
@inline
function equals(a: v128, b: v128, c: v128, d: v128, to: v128): u64 {
  return maskOf(i8x16.eq(a, to), i8x16.eq(b, to), i8x16.eq(c, to), i8x16.eq(d, to));
}

/** Walks as far as it can; `end` is behind the last byte there is, `lookAhead` bytes of which are not walked. */
export function walk(end: usize): i32 {
  setBytesEnd(end);
  let p = position;
  let level = depth;
  let inCurly = isCurly;
  let fromEscape = carryEscape;
  let fromString = carryString;
  let fromScalar = carryScalar;
  let fromAfterValue = carryAfterValue;
  let fromKeyPlace = carryKeyPlace;
  let fromInKey = carryInKey;
  let fromAfterKey = carryAfterKey;
  let fromValuePlace = carryValuePlace;
  let fromAfterOpen = carryAfterOpen;
  let result = needsBytes;
  const last = end - blockSize - lookAhead;
  const quotes = i8x16.splat(0x22);
  const backslashes = i8x16.splat(0x5c);
  const commas = i8x16.splat(0x2c);
  const colons = i8x16.splat(0x3a);
  const opens = i8x16.splat(0x7b);
  const closes = i8x16.splat(0x7d);
  const case_ = i8x16.splat(0x20);
  const nibble = i8x16.splat(0x0f);
  const lastControl = i8x16.splat(0x1f);
  const spaces = i8x16(0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0x09, 0x0a, 0, 0, 0x0d, 0, 0);
  const even: u64 = 0x5555555555555555;

  while (<isize>p <= <isize>last) {
    if (getRowCount() > maxRows - maxRowsPerBlock) {
      result = rowsFull;
      break;
    }
    if (isCramped()) {
      result = wordsFull;
      break;
    }
    const a = v128.load(p);
    const b = v128.load(p, 16);
    const c = v128.load(p, 32);
    const d = v128.load(p, 48);

    // Inside of a long text, where nothing can happen: no quote, no backslash, no control character, ASCII only.
    if ((fromString & ~fromEscape) == ~0 && !v128.any_true(v128.or(v128.or(loud(a), loud(b)), v128.or(loud(c), loud(d))))) {
      p += blockSize;
      continue;
    }

    // Strings.
    const anyBackslash = equals(a, b, c, d, backslashes);
    let escaped = fromEscape;
    if (anyBackslash == 0) {
      fromEscape = 0;
    } else {
      const starts = anyBackslash & ~fromEscape;
      const follows = (starts << 1) | fromEscape;
      const oddStarts = starts & ~even & ~follows;
      const sum = oddStarts + starts;
      fromEscape = u64(sum < starts);
      escaped = (even ^ (sum << 1)) & follows;
    }
    const quote = equals(a, b, c, d, quotes) & ~escaped;
    let string = quote;
    string ^= string << 1;
    string ^= string << 2;
    string ^= string << 4;
    string ^= string << 8;
    string ^= string << 16;
    string ^= string << 32;
    string ^= fromString;
    fromString = <u64>(<i64>string >> 63);

    const control = maskOf(
      i8x16.eq(i8x16.min_u(a, lastControl), a),
      i8x16.eq(i8x16.min_u(b, lastControl), b),
      i8x16.eq(i8x16.min_u(c, lastControl), c),
      i8x16.eq(i8x16.min_u(d, lastControl), d),
    );
    const white =
      maskOf(
        i8x16.eq(i8x16.swizzle(spaces, v128.and(a, nibble)), a),
        i8x16.eq(i8x16.swizzle(spaces, v128.and(b, nibble)), b),
        i8x16.eq(i8x16.swizzle(spaces, v128.and(c, nibble)), c),
        i8x16.eq(i8x16.swizzle(spaces, v128.and(d, nibble)), d),
      ) & ~string;
    const comma = equals(a, b, c, d, commas) & ~string;
    const colon = equals(a, b, c, d, colons) & ~string;
    const la = v128.or(a, case_);
    const lb = v128.or(b, case_);
    const lc = v128.or(c, case_);
    const ld = v128.or(d, case_);
    const open = equals(la, lb, lc, ld, opens) & ~string;
    const close = equals(la, lb, lc, ld, closes) & ~string;

    // Containers: which one each byte stands in.
    let curly: u64 = 0;
    let inObject: u64 = 0;
    let level0: u64 = 0;
    let level1: u64 = 0;
    let level2: u64 = 0;
    let entryOpen: u64 = 0;
    let entryClose: u64 = 0;
    let innerOpen: u64 = 0;
    let innerClose: u64 = 0;
    // Up to the end of the list, where that is among these bytes.
    let valid: u64 = ~0;
    let isEnd: bool = false;
    let rest: u64 = ~0;
    let brackets = open | close;
    if (brackets != 0) {
      curly = maskOf(i16x8.shl(a, 2), i16x8.shl(b, 2), i16x8.shl(c, 2), i16x8.shl(d, 2));
      while (brackets != 0) {
        const bit = brackets & (0 - brackets);
        brackets ^= bit;
        const before = (bit - 1) & rest;
        rest ^= before;
        if (inCurly) inObject |= before;
        if (level == 1) level1 |= before;
        else if (level == 2) level2 |= before;
        else if (level == 0) level0 |= before;
        if ((open & bit) != 0) {
          if (level == 0) entryOpen |= bit;
          else if (level == 1) innerOpen |= bit;
          if (level == maxDepth) return givesUp;
          store<u8>(stack + <usize>level, <u8>inCurly);
          inCurly = (curly & bit) != 0;
          level += 1;
        } else {
          if (inCurly != ((curly & bit) != 0)) return givesUp;
          if (level == 0) {
            valid = bit | (bit - 1);
            isEnd = true;
            rest = 0;
            break;
          }
          level -= 1;
          inCurly = load<u8>(stack + <usize>level) != 0;
          if (level == 0) entryClose |= bit;
          else if (level == 1) innerClose |= bit;
        }
      }
    }
    if (inCurly) inObject |= rest;
    if (level == 1) level1 |= rest;
    else if (level == 2) level2 |= rest;
    else if (level == 0) level0 |= rest;

    // Grammar: what may follow what.
    const quoteOpen = quote & string;
    const quoteClose = quote & ~string;
    const scalar = ~(string | quote | open | close | comma | colon | white);
    const scalarStart = scalar & ~((scalar << 1) | fromScalar);
    fromScalar = scalar >> 63;

    const valueEnd = close | quoteClose | scalar;
    let sum = ((valueEnd << 1) | fromAfterValue) + white;
    fromAfterValue = (valueEnd >> 63) | u64(sum < white);
    const afterValue = sum & ~white;

    const keyIntro = (comma & inObject) | (open & curly);
    sum = ((keyIntro << 1) | fromKeyPlace) + white;
    fromKeyPlace = (keyIntro >> 63) | u64(sum < white);
    const keyPlace = sum & ~white;

    const keyOpen = keyPlace & quoteOpen;
    const carriedIntoKey = fromInKey;
    sum = keyOpen + fromInKey + string;
    fromInKey = u64(sum < string);
    const keyClose = sum & ~string;
    sum = ((keyClose << 1) | fromAfterKey) + white;
    fromAfterKey = (keyClose >> 63) | u64(sum < white);
    const afterKey = sum & ~white;

    const valueIntro = colon | (comma & ~inObject) | (open & ~curly);
    sum = ((valueIntro << 1) | fromValuePlace) + white;
    fromValuePlace = (valueIntro >> 63) | u64(sum < white);
    const valuePlace = sum & ~white;

    sum = ((open << 1) | fromAfterOpen) + white;
    fromAfterOpen = (open >> 63) | u64(sum < white);
    const afterOpen = sum & ~white;

    const valueStart = quoteOpen | scalarStart | open;
    const wrong =
      (colon ^ afterKey) |
      (keyPlace & ~(quoteOpen | close)) |
      (valuePlace & ~(valueStart | close)) |
      (valueStart & ~(valuePlace | keyPlace)) |
      (comma & ~afterValue) |
      (close & ~(afterValue | afterOpen)) |
      (control & string);
    if ((wrong & valid) != 0) return givesUp;

    let some = scalarStart & valid;
    while (some != 0) {
      if (!isScalar(p + <usize>ctz(some), end)) return givesUp;
      some &= some - 1;
    }
    some = escaped & string & valid;
    let oddKeys: u32 = 0;
    if (some != 0) {
      // A key that is spelled with escapes may be one that we look for: leave its entry to the exact reader.
      if ((some & (keyClose - keyOpen - carriedIntoKey)) != 0) oddKeys = isOdd;
      if ((some & ~maskOf(mayBeEscaped(a), mayBeEscaped(b), mayBeEscaped(c), mayBeEscaped(d))) != 0) return givesUp;
      some &= equals(a, b, c, d, i8x16.splat(0x75));
      while (some != 0) {
        if (!isHexQuad(p + <usize>ctz(some))) return givesUp;
        some &= some - 1;
      }
    }
    if (isInsideCharacter() || v128.any_true(v128.and(v128.or(v128.or(a, b), v128.or(c, d)), i8x16.splat(-128)))) {
      some = maskOf(a, b, c, d) & valid;
      if (!isUtf8(p, some)) return givesUp;
    }

    // Elements, and the members of entries that are worth a column.
    const elements = (quoteOpen | scalarStart) & level0;
    const keys = keyOpen & (level1 | level2);
    let events = (elements | keys | entryOpen | entryClose | innerOpen | innerClose) & valid;
    flagEntry(oddKeys);
    while (events != 0) {
      const bit = events & (0 - events);
      events ^= bit;
      const at = p + <usize>ctz(bit);
      if ((keys & bit) != 0) {
        if ((level1 & bit) != 0) readMember(at);
        else readPayloadMember(at);
      } else if ((innerOpen & bit) != 0) {
        innerOpened();
      } else if ((innerClose & bit) != 0) {
        innerClosed();
      } else if ((entryOpen & bit) != 0) {
        openEntry(at, (curly & bit) != 0, oddKeys);
      } else if ((entryClose & bit) != 0) {
        closeEntry(at + 1);
      } else {
        countElement();
      }
    }
    if (isEnd) {
      p += <usize>(64 - clz(valid));
      result = listEnded;
      break;
    }
    p += blockSize;
  }
  position = p;
  depth = level;
  isCurly = inCurly;
  carryEscape = fromEscape;
  carryString = fromString;
  carryScalar = fromScalar;
  carryAfterValue = fromAfterValue;
  carryKeyPlace = fromKeyPlace;
  carryInKey = fromInKey;
  carryAfterKey = fromAfterKey;
  carryValuePlace = fromValuePlace;
  carryAfterOpen = fromAfterOpen;
  return result;
}

