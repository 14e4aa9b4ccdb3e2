import { isDigit } from './grammar';
import * as rows from './memory';
import { never, numberAt, timeAt } from './time';
import { intern, kindNumber, kindText, maxWordLength } from './words';

/**
 * The entry that is open, and the row that it becomes: its id, status, type, agent and priority, under the names that
 * programs in the wild give them, in the order in which `src/tasks/dialects.ts` believes them. Whatever is unusual (a
 * repeated key, a word with escapes, a fact that is no text) marks the row as odd: an exact reader then takes its place.
 */

export const isOdd: u32 = 1;
const isNoObject: u32 = 2;
const hasId: u32 = 4;
const idIsNumber: u32 = 8;
const hasScore: u32 = 16;
const hasCause: u32 = 32;
const hasDependencies: u32 = 64;
const hasOddTime: u32 = 128;

let rowCount: i32 = 0;
let ordinal: u32 = 0;
let start: usize = 0;
let flags: u32 = 0;
let seenKeys: u32 = 0;
let isPayloadNext: bool = false;
let isInPayload: bool = false;
let idStem: u32 = 0;
let idDigits: u32 = 0;
let idNumber: f64 = 0;
let score: f64 = 0;
let status: u32 = 0;
let type: u32 = 0;
let agent: u32 = 0;
let priority: u32 = 0;
let idRank: i32 = 0;
let statusRank: i32 = 0;
let typeRank: i32 = 0;
let agentRank: i32 = 0;
let priorityRank: i32 = 0;
let created: f64 = never;
let createdRank: i32 = 0;
let bytesEnd: usize = 0;

export function getRowCount(): i32 {
  return rowCount;
}

/** The rows have been read: the next ones take their place. */
export function takeRows(): void {
  rowCount = 0;
}

/** How many elements the list had so far, whatever they are. */
export function getElementCount(): u32 {
  return ordinal;
}

export function beginEntries(): void {
  rowCount = 0;
  ordinal = 0;
}

export function setBytesEnd(end: usize): void {
  bytesEnd = end;
}

export function getEntryStart(): usize {
  return start;
}

export function shiftEntry(by: isize): void {
  start += by;
}

// @ts-ignore: decorator
@inline
export function countElement(): void {
  ordinal += 1;
}

// @ts-ignore: decorator
@inline
export function flagEntry(itsFlags: u32): void {
  flags |= itsFlags;
}

// @ts-ignore: decorator
@inline
export function innerOpened(): void {
  isInPayload = isPayloadNext;
  isPayloadNext = false;
}

// @ts-ignore: decorator
@inline
export function innerClosed(): void {
  isInPayload = false;
}

// @ts-ignore: decorator
@inline
export function openEntry(at: usize, isObject: bool, itsFlags: u32): void {
  ordinal += 1;
  start = at;
  flags = isObject ? itsFlags : itsFlags | isNoObject;
  seenKeys = 0;
  isPayloadNext = isInPayload = false;
  idStem = status = type = agent = priority = 0;
  idRank = statusRank = typeRank = agentRank = priorityRank = createdRank = 99;
  created = never;
}

// @ts-ignore: decorator
@inline
export function closeEntry(end: usize): void {
  const narrow = <usize>rowCount << 2;
  const wide = <usize>rowCount << 3;
  rowCount += 1;
  store<u32>(rows.columnStart + narrow, <u32>start);
  store<u32>(rows.columnEnd + narrow, <u32>end);
  store<u32>(rows.columnPosition + narrow, ordinal);
  store<u32>(rows.columnFlags + narrow, flags);
  store<u32>(rows.columnIdStem + narrow, idStem);
  store<u32>(rows.columnIdDigits + narrow, idDigits);
  store<f64>(rows.columnIdNumber + wide, idNumber);
  store<u32>(rows.columnStatus + narrow, status);
  store<u32>(rows.columnType + narrow, type);
  store<u32>(rows.columnAgent + narrow, agent);
  store<u32>(rows.columnPriority + narrow, priority);
  store<f64>(rows.columnScore + wide, score);
  store<f64>(rows.columnCreated + wide, created);
}

/** Keys of an entry, each a bit in `seenKeys`, so that one that comes twice is left to the exact reader. */
export function readMember(at: usize): void {
  const k = load<u64>(at, 1);
  switch (<i32>(k & 0xff)) {
    case 0x69: // i
      if ((k & 0xffffff) == 0x226469) readId(at + 4, 0, 1); // id"
      return;
    case 0x74: // t
      if ((k & 0xffffffffff) == 0x2265707974) readType(at + 6, 0, 2); // type"
      else if (k == 0x2264695f6b736174) readId(at + 9, 1, 4); // task_id"
      else if ((k & 0xffffffffffffff) == 0x2264496b736174) readId(at + 8, 2, 8); // taskId"
      return;
    case 0x73: // s
      if ((k & 0xffffffffffffff) == 0x22737574617473) readStatus(at + 8, 0, 16); // status"
      return;
    case 0x70: // p
      if (k == 0x22_64616f6c796170) readPayload(at + 9); // payload"
      else if (k == 0x797469726f697270) {
        // priority
        if (load<u8>(at, 9) == 0x22) readPriority(at + 10, 0, 64);
        else if ((load<u64>(at, 9) & 0xffffffffffffff) == 0x2265726f63735f) readScore(at + 16); // _score"
      }
      return;
    case 0x61: // a
      if ((k & 0xffffffffffff) == 0x22746e656761) readAgent(at + 7, 0, 256); // agent"
      else if (k == 0x64656e6769737361) {
        // assigned
        const rest = load<u64>(at, 9);
        if ((rest & 0xffffffff) == 0x226f745f) readAgent(at + 13, 1, 512); // _to"
        else if ((rest & 0xffffffffffffff) == 0x22746e6567615f) readAgent(at + 16, 4, 1024); // _agent"
      }
      return;
    case 0x6f: // o
      if ((k & 0xffffffffffff) == 0x2272656e776f) readAgent(at + 7, 2, 2048); // owner"
      return;
    case 0x72: // r
      if ((k & 0xffffffffff) == 0x22656c6f72) readAgent(at + 6, 3, 4096); // role"
      return;
    case 0x63: // c
      if ((k & 0xffffffffffff) == 0x226573756163) flags |= hasCause; // cause"
      else if ((k & 0xffffffffffffff) == 0x64657461657263) readCreatedMember(at); // created
      return;
    case 0x64: // d
      if (isDependencies(at, k)) flags |= hasDependencies;
      return;
  }
}

/** created_at, createdAt, created */
function readCreatedMember(at: usize): void {
  const rest = load<u32>(at, 8);
  if (rest == 0x2274615f) readCreated(at + 12, 0, 1 << 18);
  else if ((rest & 0xffffff) == 0x227441) readCreated(at + 11, 1, 1 << 19);
  else if ((rest & 0xff) == 0x22) readCreated(at + 9, 2, 1 << 20);
}

export function readPayloadMember(at: usize): void {
  if (!isInPayload) return;
  const k = load<u64>(at, 1);
  switch (<i32>(k & 0xff)) {
    case 0x74: // t
      if ((k & 0xffffffffff) == 0x2265707974) readType(at + 6, 1, 8192); // type"
      return;
    case 0x73: // s
      if ((k & 0xffffffffffffff) == 0x22737574617473) readStatus(at + 8, 1, 16384); // status"
      return;
    case 0x70: // p
      if (k == 0x797469726f697270 && load<u8>(at, 9) == 0x22) readPriority(at + 10, 1, 32768); // priority"
      return;
    case 0x61: // a
      if ((k & 0xffffffffffff) == 0x22746e656761) readAgent(at + 7, 5, 65536); // agent"
      else if (k == 0x64656e6769737361 && (load<u64>(at, 9) & 0xffffffff) == 0x226f745f)
        readAgent(at + 13, 6, 131072); // assigned_to"
      return;
    case 0x63: // c
      if ((k & 0xffffffffffff) == 0x226573756163) flags |= hasCause; // cause"
      else if (k == 0x5f64657461657263 && (load<u32>(at, 9) & 0xffffff) == 0x227461)
        readCreated(at + 12, 3, 1 << 21); // created_at"
      return;
    case 0x64: // d
      if (isDependencies(at, k)) flags |= hasDependencies;
      return;
  }
}

/** dependencies, deps, depends_on */
function isDependencies(at: usize, k: u64): bool {
  if ((k & 0xffffffffff) == 0x2273706564) return true; // deps"
  if (k == 0x636e65646e657065 || k == 0x6e65646e65706564)
    return (load<u64>(at, 9) & 0xffffffffff) == 0x2273656963; // dependen cies"
  return k == 0x5f73646e65706564 && (load<u32>(at, 9) & 0xffffff) == 0x226e6f; // depends_ on"
}

/** Whether a key came before in this entry; then what JSON.parse makes of it is left to JSON.parse. */
// @ts-ignore: decorator
@inline
function isRepeated(key: u32): bool {
  if ((seenKeys & key) != 0) {
    flags |= isOdd;
    return true;
  }
  seenKeys |= key;
  return false;
}

/** Where the value begins that belongs to the key which ends before `at`. 0 where that is too far to see. */
function valueAt(at: usize): usize {
  const limit = min<usize>(at + 128, bytesEnd - 256);
  let i = at;
  while (load<u8>(i) != 0x3a) if (++i >= limit) return 0; // only white space can stand before the colon
  i += 1;
  while (load<u8>(i) <= 0x20) if (++i >= limit) return 0;
  return i;
}

function readId(afterKey: usize, rank: i32, key: u32): void {
  if (isRepeated(key)) return;
  const value = valueAt(afterKey);
  if (value == 0 || !measure(value)) {
    flags |= isOdd;
    return;
  }
  if (wordLength == 0 || rank >= idRank) return;
  idRank = rank;
  let digits: usize = 0;
  while (digits < wordLength && digits < 15 && isDigit(load<u8>(wordStart + wordLength - digits - 1))) digits += 1;
  const stemLength = wordLength - digits;
  let number: u64 = 0;
  for (let i = wordStart + stemLength, end = wordStart + wordLength; i < end; i++) number = number * 10 + <u64>(load<u8>(i) - 0x30);
  idStem = intern(wordStart, stemLength, kindText);
  idDigits = <u32>digits;
  idNumber = <f64>number;
  flags = (flags & ~idIsNumber) | hasId | (wordKind == kindNumber ? idIsNumber : 0);
}

function readType(afterKey: usize, rank: i32, key: u32): void {
  if (isRepeated(key) || !readWord(afterKey) || rank >= typeRank) return;
  typeRank = rank;
  type = intern(wordStart, wordLength, wordKind);
}

function readStatus(afterKey: usize, rank: i32, key: u32): void {
  if (isRepeated(key) || !readWord(afterKey) || rank >= statusRank) return;
  statusRank = rank;
  status = intern(wordStart, wordLength, wordKind);
}

function readPriority(afterKey: usize, rank: i32, key: u32): void {
  if (isRepeated(key) || !readWord(afterKey) || rank >= priorityRank) return;
  priorityRank = rank;
  priority = intern(wordStart, wordLength, wordKind);
}

function readAgent(afterKey: usize, rank: i32, key: u32): void {
  if (isRepeated(key) || !readWord(afterKey) || rank >= agentRank) return;
  agentRank = rank;
  agent = intern(wordStart, wordLength, wordKind);
}

function readPayload(afterKey: usize): void {
  if (isRepeated(32)) return;
  const value = valueAt(afterKey);
  if (value == 0) flags |= isOdd;
  else isPayloadNext = load<u8>(value) == 0x7b;
}

/** A number in plain notation, at most 15 digits: then dividing is exact (Clinger 1990). */
function readScore(afterKey: usize): void {
  if (isRepeated(128)) return;
  let i = valueAt(afterKey);
  if (i == 0) {
    flags |= isOdd;
    return;
  }
  const limit = i + 18;
  let number: u64 = 0;
  let divisor: f64 = 1;
  let byte = load<u8>(i);
  if (!isDigit(byte)) {
    if (byte == 0x2d) flags |= isOdd;
    return;
  }
  for (; isDigit(byte); byte = load<u8>(++i)) number = number * 10 + <u64>(byte - 0x30);
  if (byte == 0x2e) {
    for (byte = load<u8>(++i); isDigit(byte); byte = load<u8>(++i)) {
      number = number * 10 + <u64>(byte - 0x30);
      divisor *= 10;
      if (i > limit) break;
    }
  }
  if (i + 2 > limit || (byte | 0x20) == 0x65) {
    flags |= isOdd;
    return;
  }
  score = <f64>number / divisor;
  flags |= hasScore;
}

/** A time that is not written as here is left to whoever asks for it. */
function readCreated(afterKey: usize, rank: i32, key: u32): void {
  if (isRepeated(key)) return;
  const value = valueAt(afterKey);
  if (value == 0 || !measure(value)) {
    flags |= hasOddTime;
    return;
  }
  if (wordLength == 0 || rank >= createdRank) return;
  createdRank = rank;
  created = wordKind == kindNumber ? numberAt(wordStart, wordLength) : timeAt(wordStart, wordLength);
  if (isNaN(created)) flags |= hasOddTime;
}

let wordStart: usize = 0;
let wordLength: usize = 0;
let wordKind: u32 = 0;

/** Finds the word of a member. @returns false where there is none, or it is left to the exact reader */
function readWord(afterKey: usize): bool {
  const value = valueAt(afterKey);
  if (value == 0 || !measure(value)) {
    flags |= isOdd;
    return false;
  }
  return wordLength != 0;
}

/** Measures the text or whole number at `at`; length 0 for "" and null. @returns false for anything else */
function measure(at: usize): bool {
  const first = load<u8>(at);
  if (first == 0x22) {
    wordKind = kindText;
    wordStart = at + 1;
    for (let length: usize = 0; length < maxWordLength - 16; length += 16) {
      const v = v128.load(wordStart + length);
      const ends = i8x16.bitmask(v128.or(i8x16.eq(v, i8x16.splat(0x22)), i8x16.eq(v, i8x16.splat(0x5c))));
      if (ends != 0) {
        wordLength = length + <usize>ctz(ends);
        return load<u8>(wordStart + wordLength) == 0x22;
      }
    }
    return false;
  }
  wordLength = 0;
  if (first == 0x6e) return true; // null
  if (!isDigit(first)) return false;
  wordKind = kindNumber;
  wordStart = at;
  let i = at + 1;
  while (isDigit(load<u8>(i))) if (++i - at > 15) return false;
  wordLength = i - at;
  const next = load<u8>(i);
  return next != 0x2e && (next | 0x20) != 0x65;
}

