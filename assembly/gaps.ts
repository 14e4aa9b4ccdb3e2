import { list } from './containers';
import { beginsScalar } from './grammar';
import { hashOf } from './hash';
import { allocate } from './memory';

/**
 * What stands between two values: quotes, commas, white space, brackets and keys. A file that a program wrote has a few
 * dozen different gaps and repeats them a million times in nearly the same order. So each one is read once, checked
 * against the grammar, and kept with all that follows from it; from then on comparing bytes is enough.
 *
 * A gap is known only in the place where it was read: in the same containers, behind the same kind of value. Then its
 * bytes say for certain where it ends and what comes next.
 */

/** What comes after a gap. */
export const beforeText: u32 = 0; // the gap ended with the opening quote
export const beforeScalar: u32 = 1;
/** Gaps may be without end (`[[],[],[],…`): such a one is cut after a bracket, and another one follows. */
export const behindValue: u32 = 2;
export const behindOpening: u32 = 3;
export const listEnd: u32 = 4;

/** A longer gap is read each time. */
const maxLength: usize = 128;
const maxGaps: i32 = 1024;
const successorCount: u32 = 8;

// A gap, as it lies in memory.
const head: usize = 0; // its first 16 bytes
const headMask: usize = 16; // which of these it has
const tail: usize = 32; // its last 16 bytes, where it has more
const placeText: usize = 48;
const placeLength: usize = 52;
const placeNext: usize = 56;
const placeContainer: usize = 60;
const placeActions: usize = 64;
const placeActionCount: usize = 68;
/** The gaps that came after it, after the value between: the one to come is most likely among them. */
const placeSuccessors: usize = 72;
// By which it is found again: where it was read, and the next one with the same hash.
const placeFrom: usize = 104;
const placeHash: usize = 108;
const placeChain: usize = 112;
const gapSize: usize = 128;

const gaps: usize = allocate((<usize>maxGaps + 3) * gapSize);
const texts: usize = allocate((<usize>maxGaps + 1) * (maxLength >> 1));
const textsEnd: usize = texts + <usize>maxGaps * (maxLength >> 1);
const chains: usize = allocate(<usize>maxGaps << 2);
let gapCount: i32 = 0;
let textTop: usize = texts;

/** Where a walk begins: behind the opening bracket of the list. */
export const start: usize = gaps;
store<u32>(start, behindOpening, placeNext);
store<u32>(start, <u32>list, placeContainer);
/** The last two that were read and not kept: one may be behind the other. */
const passing: usize = gaps + gapSize;
const otherPassing: usize = passing + gapSize;

/** One thing that a gap means: what, and at which of its bytes. */
const actionSize: usize = 8;
const maxActions: u32 = 128;
const maxKeptActions: u32 = 8192;
const actions: usize = allocate(<usize>maxKeptActions * actionSize);
const passingActions: usize = allocate(<usize>maxActions * actionSize);
let actionTop: u32 = 0;
let pending: u32 = 0;

// @ts-ignore: decorator
@inline
export function lengthOf(gap: usize): usize {
  return <usize>load<u32>(gap, placeLength);
}

// @ts-ignore: decorator
@inline
export function nextOf(gap: usize): u32 {
  return load<u32>(gap, placeNext);
}

/** In which containers the value stands that comes after it. */
// @ts-ignore: decorator
@inline
export function containerOf(gap: usize): usize {
  return <usize>load<u32>(gap, placeContainer);
}

// @ts-ignore: decorator
@inline
export function actionsOf(gap: usize): usize {
  return <usize>load<u32>(gap, placeActions);
}

// @ts-ignore: decorator
@inline
export function actionsEndOf(gap: usize): usize {
  return actionsOf(gap) + <usize>load<u32>(gap, placeActionCount) * actionSize;
}

// @ts-ignore: decorator
@inline
export function codeOf(action: usize): u32 {
  return load<u32>(action);
}

// @ts-ignore: decorator
@inline
export function offsetOf(action: usize): usize {
  return <usize>load<u32>(action, 4);
}

// @ts-ignore: decorator
@inline
export function afterAction(action: usize): usize {
  return action + actionSize;
}

/** The gap at `p` where it is one that came after `gap` before; otherwise 0. */
// @ts-ignore: decorator
@inline
export function foreseen(gap: usize, p: usize): usize {
  const first = v128.load(p);
  for (let at: u32 = 0; at < successorCount; at += 1) {
    const known = <usize>load<u32>(gap + (<usize>at << 2), placeSuccessors);
    if (known == 0) return 0;
    if (isAt(known, p, first)) return known;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function isAt(gap: usize, p: usize, first: v128): bool {
  if (v128.any_true(v128.and(v128.xor(first, v128.load(gap, head)), v128.load(gap, headMask)))) return false;
  const length = lengthOf(gap);
  if (length > 16) {
    if (v128.any_true(v128.xor(v128.load(p + length - 16), v128.load(gap, tail)))) return false;
    const text = <usize>load<u32>(gap, placeText);
    for (let at: usize = 16; at + 16 < length; at += 16)
      if (v128.any_true(v128.xor(v128.load(p + at), v128.load(text + at)))) return false;
  }
  // The gap before a number may be the beginning of another gap.
  return nextOf(gap) != beforeScalar || beginsScalar(load<u8>(p + length));
}

/** Begins to read a gap: what it means is noted as it is read. */
export function beginGap(): void {
  pending = 0;
}

/** @returns false where a gap means more than there is room for */
export function note(code: u32, offset: usize): bool {
  if (pending == maxActions) return false;
  const action = passingActions + <usize>pending * actionSize;
  store<u32>(action, code);
  store<u32>(action, <u32>offset, 4);
  pending += 1;
  return true;
}

/**
 * Ends the gap that was read from `p` on, behind `before`, and keeps it where there is room.
 * @returns the gap, which may hold only until the next one is read
 */
export function endGap(before: usize, p: usize, length: usize, next: u32, container: usize): usize {
  const from = <u32>containerOf(before) ^ (nextOf(before) << 28);
  const isShort = length <= maxLength;
  const hash = isShort ? hashOf(p, length, <u64>from) : 0;
  let gap: usize = isShort ? kept(p, length, from, hash, next) : 0;
  if (gap == 0) {
    gap = before == passing ? otherPassing : passing;
    const canKeep =
      isShort && gapCount < maxGaps && actionTop + pending <= maxKeptActions && textTop + length + 16 <= textsEnd;
    if (canKeep) {
      gapCount += 1;
      gap = otherPassing + <usize>gapCount * gapSize;
      const slot = chains + (<usize>(hash & (<u32>maxGaps - 1)) << 2);
      store<u32>(gap, load<u32>(slot), placeChain);
      store<u32>(slot, <u32>gap);
    }
    fill(gap, p, length, canKeep);
    store<u32>(gap, next, placeNext);
    store<u32>(gap, <u32>container, placeContainer);
    store<u32>(gap, from, placeFrom);
    store<u32>(gap, hash, placeHash);
  }
  if (gap > otherPassing && (before > otherPassing || before == start)) foresee(before, gap);
  return gap;
}

function fill(gap: usize, p: usize, length: usize, isKept: bool): void {
  store<u32>(gap, <u32>length, placeLength);
  store<u32>(gap, pending, placeActionCount);
  if (!isKept) {
    store<u32>(gap, <u32>passingActions, placeActions);
    return;
  }
  const itsActions = actions + <usize>actionTop * actionSize;
  memory.copy(itsActions, passingActions, <usize>pending * actionSize);
  store<u32>(gap, <u32>itsActions, placeActions);
  actionTop += pending;
  memory.copy(textTop, p, length);
  store<u32>(gap, <u32>textTop, placeText);
  memory.copy(gap + head, p, min<usize>(length, 16));
  memory.fill(gap + headMask, 0xff, min<usize>(length, 16));
  if (length > 16) memory.copy(gap + tail, p + length - 16, 16);
  textTop += length + 16;
}

/** The same gap, where it was read before behind another one. */
function kept(p: usize, length: usize, from: u32, hash: u32, next: u32): usize {
  let gap = <usize>load<u32>(chains + (<usize>(hash & (<u32>maxGaps - 1)) << 2));
  for (; gap != 0; gap = <usize>load<u32>(gap, placeChain)) {
    if (load<u32>(gap, placeHash) != hash || load<u32>(gap, placeFrom) != from || lengthOf(gap) != length) continue;
    if (nextOf(gap) == next && memory.compare(<usize>load<u32>(gap, placeText), p, length) == 0) return gap;
  }
  return 0;
}

/** The successors in the order in which they came up first; the last place goes to whoever comes then. */
function foresee(gap: usize, successor: usize): void {
  for (let at: u32 = 0; at < successorCount; at += 1) {
    const place = gap + (<usize>at << 2);
    const known = <usize>load<u32>(place, placeSuccessors);
    if (known == successor) return;
    if (known == 0 || at == successorCount - 1) store<u32>(place, <u32>successor, placeSuccessors);
    if (known == 0) return;
  }
}
