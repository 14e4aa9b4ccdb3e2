/** Several hosts, some at a time. Pure. */

/** Cuts a list into parts of at most `size`. */
export function batchesOf<T>(all: readonly T[], size: number): T[][] {
  const batches: T[][] = [];
  for (let from = 0; from < all.length; from += size) batches.push(all.slice(from, from + size));
  return batches;
}

/** What became of one of several. */
export type Outcome<T, R> = { one: T; value: R } | { one: T; error: Error };

/** Does something with each of a batch at the same time, and waits for all of them whatever becomes of one. */
export async function withEach<T, R>(
  batch: readonly T[],
  action: (one: T) => Promise<R>,
): Promise<Outcome<T, R>[]> {
  const settled = await Promise.allSettled(batch.map(action));
  return settled.map((result, index) => {
    const one = batch[index] as T;
    if (result.status === 'fulfilled') return { one, value: result.value };
    const { reason } = result;
    return { one, error: reason instanceof Error ? reason : new Error(String(reason)) };
  });
}
