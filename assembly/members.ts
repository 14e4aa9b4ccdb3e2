/**
 * The members of an entry that are worth a column: which key says what, and how much it is believed beside others that
 * say the same. Each has a code: role, rank, the bit by which a key is known that comes twice, and where it stands.
 */

export const roleId: u32 = 1;
export const roleStatus: u32 = 2;
export const roleType: u32 = 3;
export const roleAgent: u32 = 4;
export const rolePriority: u32 = 5;
export const roleCreated: u32 = 6;
export const roleScore: u32 = 7;
export const rolePayload: u32 = 8;
export const roleCause: u32 = 9;
export const roleDependencies: u32 = 10;
export const roleCount: u32 = 11;

const ofPayload: u32 = 0x80;

// @ts-ignore: decorator
@inline
export function roleOf(code: u32): u32 {
  return code & 0x7f;
}

// @ts-ignore: decorator
@inline
export function isOfPayload(code: u32): bool {
  return (code & ofPayload) != 0;
}

// @ts-ignore: decorator
@inline
export function rankOf(code: u32): u32 {
  return (code >> 8) & 0xff;
}

// @ts-ignore: decorator
@inline
export function bitOf(code: u32): u32 {
  return (<u32>1) << (code >> 16);
}

function member(role: u32, rank: u32, bit: u32): u32 {
  return role | (rank << 8) | (bit << 16);
}

/** The code of a member of an entry; 0 for every other key. @param at its opening quote */
export function memberOfEntry(at: usize): u32 {
  const k = load<u64>(at, 1);
  switch (<i32>(k & 0xff)) {
    case 0x69: // i
      return (k & 0xffffff) == 0x226469 ? member(roleId, 0, 0) : 0; // id"
    case 0x74: // t
      if ((k & 0xffffffffff) == 0x2265707974) return member(roleType, 0, 1); // type"
      if (k == 0x2264695f6b736174) return member(roleId, 1, 2); // task_id"
      return (k & 0xffffffffffffff) == 0x2264496b736174 ? member(roleId, 2, 3) : 0; // taskId"
    case 0x73: // s
      return (k & 0xffffffffffffff) == 0x22737574617473 ? member(roleStatus, 0, 4) : 0; // status"
    case 0x70: // p
      if (k == 0x22_64616f6c796170) return member(rolePayload, 0, 5); // payload"
      if (k != 0x797469726f697270) return 0; // priority
      if (load<u8>(at, 9) == 0x22) return member(rolePriority, 0, 6);
      return (load<u64>(at, 9) & 0xffffffffffffff) == 0x2265726f63735f ? member(roleScore, 0, 7) : 0; // _score"
    case 0x61: // a
      if ((k & 0xffffffffffff) == 0x22746e656761) return member(roleAgent, 0, 8); // agent"
      if (k != 0x64656e6769737361) return 0; // assigned
      const rest = load<u64>(at, 9);
      if ((rest & 0xffffffff) == 0x226f745f) return member(roleAgent, 1, 9); // _to"
      return (rest & 0xffffffffffffff) == 0x22746e6567615f ? member(roleAgent, 4, 10) : 0; // _agent"
    case 0x6f: // o
      return (k & 0xffffffffffff) == 0x2272656e776f ? member(roleAgent, 2, 11) : 0; // owner"
    case 0x72: // r
      return (k & 0xffffffffff) == 0x22656c6f72 ? member(roleAgent, 3, 12) : 0; // role"
    case 0x63: // c
      if ((k & 0xffffffffffff) == 0x226573756163) return member(roleCause, 0, 0); // cause"
      if ((k & 0xffffffffffffff) != 0x64657461657263) return 0; // created
      const end = load<u32>(at, 8);
      if (end == 0x2274615f) return member(roleCreated, 0, 18); // _at"
      if ((end & 0xffffff) == 0x227441) return member(roleCreated, 1, 19); // At"
      return (end & 0xff) == 0x22 ? member(roleCreated, 2, 20) : 0;
    case 0x64: // d
      return isDependencies(at, k) ? member(roleDependencies, 0, 0) : 0;
    default:
      return 0;
  }
}

/** The same for an object that is a member of an entry, which may be its payload. */
export function memberOfPayload(at: usize): u32 {
  const code = memberInside(at);
  return code == 0 ? 0 : code | ofPayload;
}

function memberInside(at: usize): u32 {
  const k = load<u64>(at, 1);
  switch (<i32>(k & 0xff)) {
    case 0x74: // t
      return (k & 0xffffffffff) == 0x2265707974 ? member(roleType, 1, 13) : 0; // type"
    case 0x73: // s
      return (k & 0xffffffffffffff) == 0x22737574617473 ? member(roleStatus, 1, 14) : 0; // status"
    case 0x70: // p
      return k == 0x797469726f697270 && load<u8>(at, 9) == 0x22 ? member(rolePriority, 1, 15) : 0; // priority"
    case 0x61: // a
      if ((k & 0xffffffffffff) == 0x22746e656761) return member(roleAgent, 5, 16); // agent"
      return k == 0x64656e6769737361 && (load<u64>(at, 9) & 0xffffffff) == 0x226f745f ? member(roleAgent, 6, 17) : 0; // assigned_to"
    case 0x63: // c
      if ((k & 0xffffffffffff) == 0x226573756163) return member(roleCause, 0, 0); // cause"
      return k == 0x5f64657461657263 && (load<u32>(at, 9) & 0xffffff) == 0x227461 ? member(roleCreated, 3, 21) : 0; // created_at"
    case 0x64: // d
      return isDependencies(at, k) ? member(roleDependencies, 0, 0) : 0;
    default:
      return 0;
  }
}

/** dependencies, deps, depends_on */
function isDependencies(at: usize, k: u64): bool {
  if ((k & 0xffffffffff) == 0x2273706564) return true; // deps"
  if (k == 0x636e65646e657065 || k == 0x6e65646e65706564)
    return (load<u64>(at, 9) & 0xffffffffff) == 0x2273656963; // dependen cies"
  return k == 0x5f73646e65706564 && (load<u32>(at, 9) & 0xffffff) == 0x226e6f; // depends_ on"
}
