/** A hash of bytes, eight at a time. Up to seven bytes behind them are loaded, too. @param salt of what else tells them apart */
export function hashOf(at: usize, length: usize, salt: u64): u32 {
  let h: u64 = 0x9e3779b97f4a7c15 ^ (<u64>length << 40) ^ salt;
  let i: usize = 0;
  for (; i + 8 <= length; i += 8) h = (h ^ load<u64>(at + i)) * 0xff51afd7ed558ccd;
  if (i < length) {
    const tail = load<u64>(at + i) & ((<u64>1 << ((<u64>(length - i)) << 3)) - 1);
    h = (h ^ tail) * 0xff51afd7ed558ccd;
  }
  return <u32>(h >> 32) ^ <u32>(h >> 15);
}
