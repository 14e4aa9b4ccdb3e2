/** Figures are compared between runs, so chance must fall the same way each time. */

export interface Random {
  /** A whole number from 0 up to, not including, `bound`. */
  below(bound: number): number;
  pick<Value>(values: readonly [Value, ...Value[]]): Value;
}

/** A number that looks random and depends on nothing but the one given (murmur3's finalizer). */
export function scramble(value: number): number {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

export function seededRandom(seed: number): Random {
  let state = scramble(seed + 1);
  const below = (bound: number) => {
    state = (state + 0x9e3779b9) >>> 0;
    return scramble(state) % bound;
  };
  return { below, pick: (values) => values[below(values.length)] ?? values[0] };
}
