import { depthOf, inner, isObject, list, outer } from './containers';
import {
  beforeScalar,
  beforeText,
  beginGap,
  behindOpening,
  behindValue,
  containerOf,
  endGap,
  listEnd,
  nextOf,
  note,
} from './gaps';
import { beginsScalar, isWhite, skipText } from './grammar';
import { memberOfEntry, memberOfPayload } from './members';

/** What a gap can mean, beside the members of an entry, whose codes come from `members.ts`. */
export const opensObject: u32 = 0xf0000001;
export const opensOther: u32 = 0xf0000002;
export const closesEntry: u32 = 0xf0000003;
export const opensInner: u32 = 0xf0000004;
export const closesInner: u32 = 0xf0000005;
export const isElement: u32 = 0xf0000006;
/** A key that is spelled with escapes may be one that we look for: its entry is left to the exact reader. */
export const hasOddKey: u32 = 0xf0000007;

/** A gap of this length is cut behind the next bracket. */
const cutLength: usize = 96;

/**
 * Reads the gap at `p`, which comes after `before` and the value between, as the grammar of JSON says (RFC 8259).
 * @param end behind the last byte that may be looked at
 * @returns 0 where it is none
 */
export function readGap(before: usize, p: usize, end: usize): usize {
  let container = containerOf(before);
  let isBehindValue = nextOf(before) != behindOpening;
  let i = p;
  if (nextOf(before) == beforeText) i += 1; // the quote that was found there
  beginGap();
  for (;;) {
    i = skipWhite(i, end);
    let byte = load<u8>(i);
    if ((byte | 0x20) == 0x7d) {
      if ((byte == 0x7d) != isObject(container)) return 0;
      i += 1;
      if (container == list) return endGap(before, p, i - p, listEnd, container);
      container = outer(container);
      const depth = depthOf(container);
      if (depth == 0 && !note(closesEntry, i - p)) return 0;
      if (depth == 1 && !note(closesInner, i - p)) return 0;
      isBehindValue = true;
      if (i - p >= cutLength) return endGap(before, p, i - p, behindValue, container);
      continue;
    }
    if (isBehindValue) {
      if (byte != 0x2c) return 0;
      i = skipWhite(i + 1, end);
    }
    if (isObject(container)) {
      i = readKey(i, i - p, depthOf(container), end);
      if (i == 0) return 0;
    }
    byte = load<u8>(i);
    const depth = depthOf(container);
    if ((byte | 0x20) == 0x7b) {
      if (depth == 0 && !note(byte == 0x7b ? opensObject : opensOther, i - p)) return 0;
      if (depth == 1 && !note(opensInner, i - p)) return 0;
      container = inner(container, byte == 0x7b);
      if (container == 0) return 0;
      isBehindValue = false;
      i += 1;
      if (i - p >= cutLength) return endGap(before, p, i - p, behindOpening, container);
      continue;
    }
    if (depth == 0 && !note(isElement, i - p)) return 0;
    if (byte == 0x22) return endGap(before, p, i + 1 - p, beforeText, container);
    return beginsScalar(byte) && i < end ? endGap(before, p, i - p, beforeScalar, container) : 0;
  }
}

/** Goes from a key to its value. @returns 0 where there is none */
function readKey(at: usize, offset: usize, depth: u32, end: usize): usize {
  if (load<u8>(at) != 0x22) return 0;
  let i = skipText(at + 1, end);
  if (i == 0 || i > end) return 0;
  const isOdd = hasBackslash(at, i);
  i = skipWhite(i + 1, end);
  if (load<u8>(i) != 0x3a) return 0;
  i = skipWhite(i + 1, end);
  if (depth > 2) return i;
  const code = isOdd ? hasOddKey : depth == 1 ? memberOfEntry(at) : memberOfPayload(at);
  return code == 0 || note(code, offset + (i - at)) ? i : 0;
}

function hasBackslash(from: usize, to: usize): bool {
  for (let i = from; i < to; i += 1) if (load<u8>(i) == 0x5c) return true;
  return false;
}

function skipWhite(from: usize, end: usize): usize {
  let i = from;
  while (i < end && isWhite(load<u8>(i))) i += 1;
  return i;
}
