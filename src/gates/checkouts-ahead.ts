import type { Checkout, Checkouts } from '../platform/checkout.ts';

/**
 * The checkouts of a gate's checks. While one check runs, the checkout that another will need is made: a check that
 * takes two seconds need not wait a fifth of one for git. At most as many lie ready as checks run.
 */
export interface CheckoutsAhead {
  /** The checkout of a check, to be used once. @throws GIT_FAILED */
  take(check: string): Promise<Checkout>;
  /** Removes what was made and not taken; afterwards nothing is left. */
  close(): Promise<void>;
}

/**
 * @param opening where they are made; what goes wrong there is told to each check, which says so in its evidence
 * @param checks in the order in which they will run
 */
export function checkoutsAhead(
  opening: Promise<Checkouts>,
  sha: string,
  checks: readonly string[],
): CheckoutsAhead {
  const waiting = new Set(checks);
  const made = new Map<string, Promise<Checkout>>();
  const removals: Promise<void>[] = [];
  const make = (check: string) => {
    waiting.delete(check);
    const making = opening.then((checkouts) => checkouts.checkOut(sha, check));
    making.catch(() => undefined); // whoever takes it hears of it
    made.set(check, making);
    return making;
  };
  const makeNext = () => {
    const [next] = waiting;
    if (next !== undefined) make(next);
  };
  return {
    async take(check) {
      const checkout = await (made.get(check) ?? make(check));
      made.delete(check);
      makeNext();
      // Nobody waits for the removal: the next check can begin.
      return { ...checkout, remove: async () => void removals.push(checkout.remove()) };
    },
    async close() {
      waiting.clear();
      const unused = await Promise.allSettled(made.values());
      for (const one of unused) if (one.status === 'fulfilled') removals.push(one.value.remove());
      await Promise.allSettled(removals); // what cannot be removed now is tried again when the next gate opens
    },
  };
}
