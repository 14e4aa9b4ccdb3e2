import { isDigit } from './grammar';
import {
  bitOf,
  isOfPayload,
  rankOf,
  roleAgent,
  roleCause,
  roleCount,
  roleCreated,
  roleDependencies,
  roleId,
  roleOf,
  rolePayload,
  rolePriority,
  roleScore,
  roleStatus,
  roleType,
} from './members';
import * as rows from './memory';
import { never, numberAt, timeAt } from './time';
import {
  intern,
  isRefused,
  kindNumber,
  kindText,
  maxWordLength,
  refusedAgent,
  refusedPriority,
  refusedStatus,
  refusedType,
} from './words';

/**
 * The entry that is open, and the row that it becomes: its id, status, type, agent and priority, under the names that
 * programs in the wild give them, in the order in which `src/tasks/dialects.ts` believes them. Whatever is unusual (a
 * repeated key, a word with escapes, a fact that is no text) marks the row as odd: an exact reader then takes its place.
 *
 * While an entry is open only the places of its values are noted. They are read when it closes, and of an entry that
 * the filter refuses for one word nothing else is.
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
let score: f64 = 0;
/** By role: where the value stands that the entry goes by (0: it has none), and the rank of the key that it stands under. */
const values: usize = rows.allocate(<usize>roleCount << 2);
const ranks: usize = rows.allocate(<usize>roleCount << 2);

// @ts-ignore: decorator
@inline
function valueOf(role: u32): usize {
  return <usize>load<u32>(values + (<usize>role << 2));
}

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

export function getEntryStart(): usize {
  return start;
}

export function shiftEntry(by: isize): void {
  start += by;
  for (let role: u32 = 0; role < roleCount; role += 1) {
    const value = valueOf(role);
    if (value != 0) store<u32>(values + (<usize>role << 2), <u32>(value + by));
  }
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
export function openEntry(at: usize, isObject: bool): void {
  ordinal += 1;
  start = at;
  flags = isObject ? 0 : isNoObject;
  seenKeys = 0;
  isPayloadNext = isInPayload = false;
  memory.fill(values, 0, <usize>roleCount << 2);
  memory.fill(ranks, 0xff, <usize>roleCount << 2);
}

/** Writes the row of the entry that ends here, unless the filter refuses it for one of its words. */
export function closeEntry(end: usize): void {
  const agent = wordAt(valueOf(roleAgent));
  if (isRefusedFor(agent, refusedAgent)) return;
  const status = wordAt(valueOf(roleStatus));
  if (isRefusedFor(status, refusedStatus)) return;
  const type = wordAt(valueOf(roleType));
  if (isRefusedFor(type, refusedType)) return;
  const priority = wordAt(valueOf(rolePriority));
  if (isRefusedFor(priority, refusedPriority)) return;
  const narrow = <usize>rowCount << 2;
  const wide = <usize>rowCount << 3;
  rowCount += 1;
  readId(narrow, wide);
  store<u32>(rows.columnStart + narrow, <u32>start);
  store<u32>(rows.columnEnd + narrow, <u32>end);
  store<u32>(rows.columnPosition + narrow, ordinal);
  store<u32>(rows.columnStatus + narrow, status);
  store<u32>(rows.columnType + narrow, type);
  store<u32>(rows.columnAgent + narrow, agent);
  store<u32>(rows.columnPriority + narrow, priority);
  store<f64>(rows.columnScore + wide, score);
  store<f64>(rows.columnCreated + wide, timeOfEntry());
  store<u32>(rows.columnFlags + narrow, flags); // last: reading the others may have set some
}

/** What an odd entry really says is for the exact reader to find out. */
// @ts-ignore: decorator
@inline
function isRefusedFor(code: u32, column: u8): bool {
  return isRefused(code, column) && (flags & isOdd) == 0;
}

/** Takes note of a member of the open entry. @param code from `members.ts` @param value where its value begins */
export function noteMember(code: u32, value: usize): void {
  if (isOfPayload(code) && !isInPayload) return;
  const role = roleOf(code);
  if (role == roleCause) {
    flags |= hasCause;
    return;
  }
  if (role == roleDependencies) {
    flags |= hasDependencies;
    return;
  }
  // A key that comes twice: what JSON.parse makes of it is left to JSON.parse.
  const key = bitOf(code);
  if ((seenKeys & key) != 0) {
    flags |= isOdd;
    return;
  }
  seenKeys |= key;
  if (role == rolePayload) {
    isPayloadNext = load<u8>(value) == 0x7b;
    return;
  }
  if (role == roleScore) {
    readScore(value);
    return;
  }
  if (load<u16>(value) == 0x2222 || load<u8>(value) == 0x6e) return; // "" and null count as nothing
  const rank = rankOf(code);
  const place = <usize>role << 2;
  if (rank >= load<u32>(ranks + place)) return;
  store<u32>(ranks + place, rank);
  store<u32>(values + place, <u32>value);
}

/** A number in plain notation, at most 15 digits: then dividing is exact (Clinger 1990). */
function readScore(value: usize): void {
  let i = value;
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
function timeOfEntry(): f64 {
  const createdAt = valueOf(roleCreated);
  if (createdAt == 0) return never;
  let time: f64 = NaN;
  if (measure(createdAt))
    time = wordKind == kindNumber ? numberAt(wordStart, wordLength) : timeAt(wordStart, wordLength);
  if (!isNaN(time)) return time;
  flags |= hasOddTime;
  return never;
}

/** Takes the id apart into the columns of a row. */
function readId(narrow: usize, wide: usize): void {
  const idAt = valueOf(roleId);
  let idStem: u32 = 0;
  let digits: usize = 0;
  let number: u64 = 0;
  if (idAt != 0) {
    if (measure(idAt)) {
      while (digits < wordLength && digits < 15 && isDigit(load<u8>(wordStart + wordLength - digits - 1))) digits += 1;
      const stemLength = wordLength - digits;
      for (let i = wordStart + stemLength, end = wordStart + wordLength; i < end; i++)
        number = number * 10 + <u64>(load<u8>(i) - 0x30);
      idStem = intern(wordStart, stemLength, kindText);
      flags |= hasId | (wordKind == kindNumber ? idIsNumber : 0);
    } else {
      flags |= isOdd;
    }
  }
  store<u32>(rows.columnIdStem + narrow, idStem);
  store<u32>(rows.columnIdDigits + narrow, <u32>digits);
  store<f64>(rows.columnIdNumber + wide, <f64>number);
}

let wordStart: usize = 0;
let wordLength: usize = 0;
let wordKind: u32 = 0;

/** The code of the word at `at`; 0 where there is none, or it is left to the exact reader. */
function wordAt(at: usize): u32 {
  if (at == 0) return 0;
  if (measure(at)) return intern(wordStart, wordLength, wordKind);
  flags |= isOdd;
  return 0;
}

/** Measures the text or whole number at `at`. @returns false for anything else */
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
  if (!isDigit(first)) return false;
  wordKind = kindNumber;
  wordStart = at;
  let i = at + 1;
  while (isDigit(load<u8>(i))) if (++i - at > 15) return false;
  wordLength = i - at;
  const next = load<u8>(i);
  return next != 0x2e && (next | 0x20) != 0x65;
}

