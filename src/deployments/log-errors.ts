import type { Effects } from './effects.ts';
import type { WatchLimits } from './watch.ts';

/** So often the log is read, and so much of it; a line is cut before a pattern of people meets it. */
const intervalMs = 2_000;
const linesRead = 2_000;
const longestLine = 1_000;

/** Errors that a release writes into its own log while it is watched. */
export class LogErrors {
  readonly #effects: Effects;
  readonly #limit: WatchLimits['log'];
  #dueAt = 0;
  #most = 0;

  constructor(effects: Effects, limits: WatchLimits | undefined) {
    this.#effects = effects;
    this.#limit = limits?.log;
  }

  /** Looks when it is due, and at the end. @returns why the release must go back, or undefined while it is good */
  async next({ isLast = false }: { isLast?: boolean } = {}): Promise<string | undefined> {
    if (!this.#limit || (!isLast && performance.now() < this.#dueAt)) return undefined;
    this.#dueAt = performance.now() + intervalMs;
    const { target, release, project } = this.#effects;
    const pattern = new RegExp(this.#limit.errors, 'u');
    const lines = await target.releaseLog(release, linesRead);
    const errors = lines.filter((line) => pattern.test(line.slice(0, longestLine)));
    this.#most = Math.max(this.#most, errors.length); // what has left the excerpt was there all the same
    if (this.#most <= this.#limit.most) return undefined;
    const last = project.redact(errors.at(-1) ?? '').slice(0, 200);
    return `its log has ${this.#most} lines that match ${this.#limit.errors}, ${this.#limit.most} are allowed, the last: ${last}`;
  }
}
