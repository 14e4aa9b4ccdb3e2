import { DevopsError } from '../../errors.ts';
import { now, sleep } from '../clock.ts';
import { readLog } from '../log-file.ts';
import { isAlive, signalGroup } from '../processes.ts';
import { accepts, freePort } from './ports.ts';
import { endGroup, spawnHeld, untilGone } from './process-group.ts';
import { readyTimeoutMs } from './protocol.ts';
import { remark } from './release-log.ts';
import type { ReleaseState } from './state.ts';

const pollIntervalMs = 20;
const firstBackoffMs = 200;
const longestBackoffMs = 30_000;
/** Who ran this long has not crashed because of how it was started. */
const steadyAfterMs = 10_000;

/** What a supervised release needs of its host. */
export interface Supervision {
  /** Makes the release's state durable. */
  save(): Promise<void>;
  /** Called when the release has got another port. */
  moved(): void;
}

/** The process of one release: a group of its own that survives the host, started again while it is wanted. */
export class SupervisedRelease {
  readonly state: ReleaseState;
  readonly #passed: Record<string, string>;
  readonly #supervision: Supervision;
  /** Settles when the present process is gone. */
  #gone: Promise<void> = Promise.resolve();
  #launching: Promise<void> = Promise.resolve();
  #dismissal = new AbortController();

  constructor(state: ReleaseState, passed: Record<string, string>, supervision: Supervision) {
    this.state = state;
    this.#passed = passed;
    this.#supervision = supervision;
  }

  get runs(): boolean {
    return this.state.process !== undefined && isAlive(this.state.process);
  }

  /** Goes on with what a host before has started: keeps it if it lives, starts it anew if not. */
  adopt(): void {
    const { process: identity } = this.state;
    if (identity) this.#gone = untilGone(identity);
    void this.#keepRunning();
  }

  /**
   * Starts the process, or finds it running, and waits until its port accepts connections.
   * @returns the port
   * @throws TARGET_FAILED with its last log lines when it ends before, or takes too long
   */
  async start(): Promise<number> {
    const supervised = this.state.wanted;
    if (!supervised) await this.#launch();
    const obstacle = await this.#untilReady();
    if (obstacle !== undefined) {
      if (!supervised) await this.end();
      const { lines } = await readLog(this.state.logFile, { lines: 8 });
      const { version, run } = this.state;
      throw new DevopsError(
        'TARGET_FAILED',
        `release ${version} did not start: ${obstacle}. Its last lines: ${lines.join(' | ')}`,
        { remedy: `Make "${run}" start a service on 127.0.0.1:$PORT, commit, and deploy again.` },
      );
    }
    if (!supervised) {
      this.state.wanted = true;
      void this.#keepRunning();
      await this.#supervision.save();
    }
    return this.state.port;
  }

  /** No longer started again when it ends; a process that runs goes on. */
  dismiss(): void {
    this.state.wanted = false;
    this.#dismissal.abort();
  }

  /** Ends the whole process group: asks first, then insists. */
  async end(): Promise<void> {
    this.dismiss();
    await this.#launching.catch(() => undefined);
    if (this.state.process) await endGroup(this.state.process);
    delete this.state.process;
    this.#dismissal = new AbortController();
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#dismissal;
    let backoffMs = firstBackoffMs;
    while (!signal.aborted) {
      const startedAt = now().getTime();
      await this.#gone;
      if (now().getTime() - startedAt > steadyAfterMs) backoffMs = firstBackoffMs;
      await sleep(backoffMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      backoffMs = Math.min(longestBackoffMs, backoffMs * 2);
      remark(this.state.logFile, 'starting it again');
      await this.#launch().catch((error: Error) =>
        remark(this.state.logFile, `cannot start: ${error.message}`),
      );
    }
  }

  #launch(): Promise<void> {
    this.#launching = this.#launchNow();
    return this.#launching;
  }

  async #launchNow(): Promise<void> {
    const { state } = this;
    const { signal } = this.#dismissal;
    delete state.process;
    state.port = await freePort(); // never the one before: somebody else may have taken it by now
    const { identity, gone, go } = await spawnHeld(state, this.#passed);
    state.process = identity;
    this.#gone = gone.then((how) => {
      remark(state.logFile, `the process ended: ${how}`);
      // What a crashed leader leaves running in its group would stay in the way for ever.
      if (!signal.aborted) signalGroup(identity.pid, 'SIGKILL');
    });
    await this.#supervision.save().catch((error: Error) => {
      signalGroup(identity.pid, 'SIGKILL');
      throw error;
    });
    go();
    this.#supervision.moved();
  }

  /** @returns why it does not get ready, or undefined when it is */
  async #untilReady(): Promise<string | undefined> {
    const deadline = now().getTime() + readyTimeoutMs;
    while (!((await accepts('127.0.0.1', this.state.port)) && this.runs)) {
      if (!this.runs && !this.state.wanted) return 'its process ended';
      if (now().getTime() > deadline)
        return `nothing accepts connections on 127.0.0.1:$PORT after ${readyTimeoutMs / 1_000} s`;
      await sleep(pollIntervalMs);
    }
    return undefined;
  }
}
