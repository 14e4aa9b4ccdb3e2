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

/** A clock may be set, and a machine may sleep: no single timer is trusted for longer. */
const longestNapMs = 30_000;

/** Waits until a time of the calendar; rejects with the signal's reason when aborted. */
export async function sleepUntil(time: Date, signal?: AbortSignal): Promise<void> {
  for (;;) {
    const leftMs = time.getTime() - now().getTime();
    if (leftMs <= 0) return;
    await sleep(Math.min(leftMs, longestNapMs), signal);
  }
}

/** Waits until something has ended, but no longer than a while. Rejects as it does. */
export async function waitAtMost(limitMs: number, work: Promise<unknown>): Promise<void> {
  const ended = new AbortController();
  await Promise.race([work, sleep(limitMs, ended.signal).catch(() => undefined)]).finally(() =>
    ended.abort(),
  );
}

/** Does something again and again while the process lives for other reasons; what it throws is its own affair. */
export function keepDoing(work: () => Promise<void>, intervalMs: number): void {
  setTimeout(() => {
    void work()
      .catch(() => undefined)
      .finally(() => keepDoing(work, intervalMs));
  }, intervalMs).unref();
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

/** Aborts `controller` as soon as `condition` holds, which is asked every `intervalMs` until `ended`. */
export async function abortWhen(
  condition: () => Promise<boolean>,
  controller: AbortController,
  { intervalMs = 300, ended }: { intervalMs?: number; ended: AbortSignal },
): Promise<void> {
  while (!ended.aborted) {
    if (await condition()) return controller.abort(new Error('cancelled'));
    await sleep(intervalMs, ended).catch(() => undefined);
  }
}
