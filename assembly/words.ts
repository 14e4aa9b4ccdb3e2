import { hashOf } from './hash';
import { allocate } from './memory';

/**
 * Words in use, each known by a number: an open-addressing table of codes, and per code a record that says where its
 * text stands. Code 0 is "no word". A text is followed by zeros up to a multiple of eight bytes, so that eight are
 * compared at once.
 */

export const kindText: u32 = 0;
export const kindNumber: u32 = 1;
export const maxWordLength: usize = 256;
/** A block of 64 bytes holds at most this many members that are worth a column. */
const maxWordsPerBlock: u32 = 16;
const room: usize = 16 * (maxWordLength + 16);

let wordCount: u32 = 1;
let wordTable: usize = 0;
let wordTableMask: u32 = 0;
let wordRecords: usize = 0; // per code: hash u32, pointer u32, length u32, kind u32
let wordRefusals: usize = 0; // per code: for which columns a row with this word in them is not wanted
let wordCapacity: u32 = 0;
let wordText: usize = 0;
let wordTextEnd: usize = 0;

export function getWordCount(): u32 {
  return wordCount;
}

export function getWordRecords(): usize {
  return wordRecords;
}

/** Whether the words of one more block might find no room. */
// @ts-ignore: decorator
@inline
export function isCramped(): bool {
  return wordCount + maxWordsPerBlock > wordCapacity || wordText + room > wordTextEnd;
}

/** Makes room for more words, one of which may be `extra` bytes long. Memory may grow. */
export function growWords(extra: usize): void {
  if (wordText + room + extra > wordTextEnd) {
    const size: usize = extra + <usize>(wordCapacity == 0 ? 32768 : 1 << 20);
    wordText = allocate(size);
    wordTextEnd = wordText + size;
  }
  if (wordCount + maxWordsPerBlock <= wordCapacity) return;
  const capacity: u32 = wordCapacity == 0 ? 1024 : wordCapacity << 1;
  const records = allocate(<usize>capacity << 4);
  if (wordCapacity != 0) memory.copy(records, wordRecords, <usize>wordCount << 4);
  wordRecords = records;
  const refusals = allocate(<usize>capacity);
  memory.fill(refusals, 0, <usize>capacity);
  if (wordCapacity != 0) memory.copy(refusals, wordRefusals, <usize>wordCount);
  wordRefusals = refusals;
  wordCapacity = capacity;
  wordTable = allocate(<usize>capacity << 3);
  memory.fill(wordTable, 0, <usize>capacity << 3);
  wordTableMask = (capacity << 1) - 1;
  for (let code: u32 = 1; code < wordCount; code++) {
    let slot = load<u32>(wordRecords + (<usize>code << 4)) & wordTableMask;
    while (load<u32>(wordTable + (<usize>slot << 2)) != 0) slot = (slot + 1) & wordTableMask;
    store<u32>(wordTable + (<usize>slot << 2), code);
  }
}

export const refusedAgent: u8 = 1;
export const refusedStatus: u8 = 2;
export const refusedType: u8 = 4;
export const refusedPriority: u8 = 8;

/** From now on no entry becomes a row that has this word in one of these columns. */
export function refuse(code: u32, columns: u8): void {
  store<u8>(wordRefusals + <usize>code, load<u8>(wordRefusals + <usize>code) | columns);
}

// @ts-ignore: decorator
@inline
export function isRefused(code: u32, column: u8): bool {
  return (load<u8>(wordRefusals + <usize>code) & column) != 0;
}

// @ts-ignore: decorator
@inline
function isSame(word: usize, at: usize, length: usize): bool {
  let i: usize = 0;
  for (; i + 8 <= length; i += 8) if (load<u64>(word + i) != load<u64>(at + i)) return false;
  if (i == length) return true;
  const mask = (<u64>1 << ((<u64>(length - i)) << 3)) - 1;
  return load<u64>(word + i) == (load<u64>(at + i) & mask);
}

/** The slot where a text is, or where it would be. */
function slotOf(at: usize, length: usize, kind: u32, hash: u32): u32 {
  let slot = hash & wordTableMask;
  let code = load<u32>(wordTable + (<usize>slot << 2));
  while (code != 0) {
    const record = wordRecords + (<usize>code << 4);
    if (
      load<u32>(record) == hash &&
      load<u32>(record, 8) == <u32>length &&
      load<u32>(record, 12) == kind &&
      isSame(<usize>load<u32>(record, 4), at, length)
    )
      break;
    slot = (slot + 1) & wordTableMask;
    code = load<u32>(wordTable + (<usize>slot << 2));
  }
  return slot;
}

/** The code of a text, or 0 where it was never met. */
export function find(at: usize, length: usize, kind: u32): u32 {
  return load<u32>(wordTable + (<usize>slotOf(at, length, kind, hashOf(at, length, <u64>kind)) << 2));
}

/** The code of a text: the same for the same bytes of the same kind. */
export function intern(at: usize, length: usize, kind: u32): u32 {
  const hash = hashOf(at, length, <u64>kind);
  const slot = wordTable + (<usize>slotOf(at, length, kind, hash) << 2);
  const known = load<u32>(slot);
  if (known != 0) return known;
  const code = wordCount++;
  const record = wordRecords + (<usize>code << 4);
  memory.copy(wordText, at, length);
  store<u64>(wordText + length, 0); // whole words of eight bytes are compared
  store<u32>(record, hash);
  store<u32>(record, <u32>wordText, 4);
  store<u32>(record, <u32>length, 8);
  store<u32>(record, kind, 12);
  wordText += (length + 8) & ~7;
  store<u32>(slot, code);
  return code;
}
