import { list } from './containers';
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
  noteMember,
  openEntry,
  shiftEntry,
  takeRows,
} from './entry';
import {
  actionsEndOf,
  actionsOf,
  afterAction,
  beforeScalar,
  beforeText,
  codeOf,
  containerOf,
  foreseen,
  lengthOf,
  listEnd,
  nextOf,
  offsetOf,
  start,
} from './gaps';
import { lookAhead, skipScalar, skipText } from './grammar';
import { allocate, columns, maxRows } from './memory';
import {
  closesEntry,
  closesInner,
  hasOddKey,
  isElement,
  opensInner,
  opensObject,
  opensOther,
  readGap,
} from './read-gap';
import { find, getWordCount, getWordRecords, growWords, intern, isCramped, refuse } from './words';

/**
 * The hot part of reading a task file: walks one JSON array, checks every byte against the grammar of JSON (RFC 8259),
 * and writes one row per element. AssemblyScript, compiled to WebAssembly with SIMD;
 * `src/tasks/scan/wasm-walker.ts` drives it.
 *
 * It goes from value to value: the text of a string is looked through 16 bytes at a time for what may end it, and what
 * stands between two values is mostly known from before (`gaps.ts`).
 */

export {
  allocate,
  find,
  getElementCount,
  getRowCount,
  getWordCount,
  getWordRecords,
  growWords,
  intern,
  refuse,
  takeRows,
};

// What `walk` returns.
const needsBytes: i32 = 0;
const listEnded: i32 = 1;
const rowsFull: i32 = 2;
const wordsFull: i32 = 3;
/** Not JSON, or more than is done here: containers or white space without end. */
const givesUp: i32 = 4;

/** A gap closes at most this many elements. */
const maxRowsPerGap: i32 = 64;

// Where the walk stands, from one call to the next: behind this gap, perhaps in the value that comes after it.
let position: usize = 0;
let gap: usize = start;
let isInValue: bool = false;

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
  return containerOf(gap) == list ? position : getEntryStart();
}

/** Begins at the byte after the opening bracket of a list. */
export function begin(at: usize): void {
  position = at;
  gap = start;
  isInValue = false;
  beginEntries();
}

/** The bytes from `getKeepFrom()` on now stand `by` further on in memory, or back. */
export function shift(by: isize): void {
  position += by;
  shiftEntry(by);
}

/** Walks as far as it can; `end` is behind the last byte there is, some of which are looked at and not walked. */
export function walk(end: usize): i32 {
  const last = end - lookAhead - 64;
  let p = position;
  let at = gap;
  let inValue = isInValue;
  let result = needsBytes;
  for (;;) {
    if (inValue) {
      if (<isize>p > <isize>last) break;
      if (nextOf(at) == beforeText) {
        p = skipText(p, last);
        if (p == 0) return givesUp;
        if (<isize>p > <isize>last) break;
      } else {
        p = skipScalar(p, end);
        if (p == 0) return givesUp;
      }
      inValue = false;
    }
    if (<isize>p > <isize>last) break;
    let next = foreseen(at, p);
    if (next == 0) {
      next = readGap(at, p, end - 64);
      if (next == 0) return givesUp;
    }
    const actionsEnd = actionsEndOf(next);
    let action = actionsOf(next);
    if (action != actionsEnd) {
      if (getRowCount() > maxRows - maxRowsPerGap) {
        result = rowsFull;
        break;
      }
      if (isCramped()) {
        result = wordsFull;
        break;
      }
      do {
        act(codeOf(action), p + offsetOf(action));
        action = afterAction(action);
      } while (action != actionsEnd);
    }
    p += lengthOf(next);
    at = next;
    if (nextOf(at) == listEnd) {
      result = listEnded;
      break;
    }
    inValue = nextOf(at) <= beforeScalar;
  }
  position = p;
  gap = at;
  isInValue = inValue;
  return result;
}

// @ts-ignore: decorator
@inline
function act(code: u32, at: usize): void {
  if (code < opensObject) noteMember(code, at);
  else if (code == opensInner) innerOpened();
  else if (code == closesInner) innerClosed();
  else if (code == closesEntry) closeEntry(at);
  else if (code == opensObject) openEntry(at, true);
  else if (code == opensOther) openEntry(at, false);
  else if (code == isElement) countElement();
  else if (code == hasOddKey) flagEntry(isOdd);
}
