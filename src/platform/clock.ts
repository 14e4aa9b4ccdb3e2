import { setTimeout as delay } from 'node:timers/promises';

/** The current time. The only place that asks for it, so that tests can reason about one seam. */
export function now(): Date {
  return new Date();
}

/** ISO 8601 UTC, as every result and record writes it. */
export function timestamp(at: Date = now()): string {
  return at.toISOString();
}

/** Waits; rejects with the signal's reason when aborted. */
export async function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  await delay(durationMs, undefined, signal === undefined ? undefined : { signal });
}

/** Asks `condition` every `intervalMs` until it answers something or `timeoutMs` is over. */
export async function waitUntil<T>(
  condition: () => Promise<T | undefined>,
  { timeoutMs, intervalMs = 50 }: { timeoutMs: number; intervalMs?: number },
): Promise<T | undefined> {
  const deadline = now().getTime() + timeoutMs;
  for (;;) {
    const answer = await condition();
    if (answer !== undefined) return answer;
    const leftMs = deadline - now().getTime();
    if (leftMs <= 0) return undefined;
    await delay(Math.min(intervalMs, leftMs));
  }
}
