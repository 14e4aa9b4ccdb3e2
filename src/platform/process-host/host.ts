import * as fs from 'node:fs/promises';
import { DevopsError } from '../../errors.ts';
import { now, sleep } from '../clock.ts';
import { withFileLock } from '../file-lock.ts';
import { askHost } from './client.ts';
import { openControl } from './control.ts';
import {
  type Front,
  graceMs,
  type HostAnswer,
  type HostEffect,
  type HostRequest,
  type HostStatus,
  type ReleaseSpec,
  valuesOf,
} from './protocol.ts';
import { FrontProxy } from './proxy.ts';
import { capLog } from './release-log.ts';
import { type HostState, readHostState, stateFileOf, writeHostState } from './state.ts';
import { SupervisedRelease } from './supervisor.ts';

/** Long enough for a host that is just ending, with its releases, to be gone. */
const turnTimeoutMs = graceMs + 2_000;
const tickMs = 1_000;
/** A host whose starter died before it said what to do goes away. */
const idleTimeoutMs = 30_000;

/**
 * Runs the process host of a state folder until it is told to stop. A second one for the same folder ends by
 * itself. Releases that still run from a host that was killed are taken over by pid and start mark; those that
 * should run and do not are started again.
 * @throws STATE_FAILED when its state is unreadable or its socket would be open to others
 */
export async function runProcessHost(stateDir: string): Promise<void> {
  await fs.mkdir(stateDir, { recursive: true });
  await fs.chmod(stateDir, 0o700); // host.json holds the configured environment of releases
  const deadline = now().getTime() + turnTimeoutMs;
  for (;;) {
    try {
      await withFileLock(stateFileOf(stateDir), () => serveAlone(stateDir), { timeoutMs: 0 });
      return;
    } catch (error) {
      if (!(error instanceof DevopsError) || error.code !== 'TASKS_BUSY') throw error;
      if (await askHost(stateDir, { do: 'status' })) return; // the other one is up
      if (now().getTime() > deadline) throw error;
    }
    await sleep(50);
  }
}

async function serveAlone(stateDir: string): Promise<void> {
  const host = new ProcessHost(stateDir, (await readHostState(stateDir)) ?? { fence: 0, releases: {} });
  await host.takeOver();
  const control = await openControl(stateDir, (asked) => host.answer(asked));
  await host.untilStopped();
  control.close();
}

class ProcessHost {
  readonly #stateDir: string;
  readonly #state: HostState;
  readonly #proxy = new FrontProxy();
  readonly #releases = new Map<string, SupervisedRelease>();
  /** The last change of each release: changes of one release happen one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #saving: Promise<void> = Promise.resolve();
  readonly #ended = new AbortController();
  #stopping = false;

  constructor(stateDir: string, state: HostState) {
    this.#stateDir = stateDir;
    this.#state = state;
  }

  /** Goes on where the host before was. */
  async takeOver(): Promise<void> {
    for (const [id, state] of Object.entries(this.#state.releases)) {
      const passed = valuesOf(process.env, state.passEnvironment);
      const release = new SupervisedRelease(state, passed, this.#supervision(id));
      if (state.wanted) {
        this.#releases.set(id, release);
        release.adopt();
      } else {
        await release.end();
        delete this.#state.releases[id];
      }
    }
    this.#point();
    await this.#reopenFront();
  }

  async untilStopped(): Promise<void> {
    let busyAt = now().getTime();
    while (!this.#ended.signal.aborted) {
      await sleep(tickMs, this.#ended.signal).catch(() => undefined);
      await this.#reopenFront();
      for (const { state } of this.#releases.values()) await capLog(state.logFile).catch(() => undefined);
      if (this.#state.front || this.#releases.size > 0) busyAt = now().getTime();
      else if (now().getTime() - busyAt > idleTimeoutMs) await this.#stop();
    }
    await this.#proxy.close();
  }

  async answer(asked: HostRequest): Promise<HostAnswer | undefined> {
    if (this.#stopping) return undefined;
    switch (asked.do) {
      case 'status':
        return { ok: true, status: this.#status() };
      case 'traffic':
        return { ok: true, traffic: this.#proxy.traffic(asked.releaseId)?.read() };
      default:
        await this.#admit(asked);
        return { ok: true, ...(await this.#perform(asked)) };
    }
  }

  #status(): HostStatus {
    const releases = [...this.#releases.values()].map(({ state: { id, version } }) => ({ id, version }));
    const live = releases.find(({ id }) => id === this.#state.liveId);
    return { front: this.#state.front, live, releases };
  }

  async #admit({ fence }: HostEffect): Promise<void> {
    const seen = this.#state.fence;
    if (fence < seen) {
      throw refusal(
        `fencing number ${fence} is lower than ${seen}: a later deployment has taken over`,
        'Nothing: the later deployment decides now. See it with getDeployment.',
      );
    }
    if (fence === seen) return;
    this.#state.fence = fence;
    await this.#save();
  }

  async #perform(asked: HostEffect): Promise<{ port?: number }> {
    switch (asked.do) {
      case 'open':
        await this.#open(asked.front);
        return {};
      case 'start':
        return { port: await this.#inTurn(asked.release.id, () => this.#start(asked.release, asked.passed)) };
      case 'switch':
        await this.#inTurn(asked.releaseId, () => this.#switch(asked.releaseId));
        return {};
      case 'shift':
        await this.#inTurn(asked.releaseId, () => this.#shift(asked.releaseId, asked.percent));
        return {};
      case 'retire':
        await this.#inTurn(asked.releaseId, () => this.#retire(asked.releaseId, asked.drainMs));
        return {};
      case 'stop':
        await this.#stop();
        return {};
    }
  }

  async #open(front: Front): Promise<void> {
    const { host, port } = this.#state.front ?? {};
    if (this.#proxy.listening && host === front.host && port === front.port) return;
    try {
      await this.#proxy.listen(front);
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      throw refusal(
        `the front proxy cannot listen on ${front.host}:${front.port} (${code})`,
        'End the program that listens there, or set another target.port in devops.yaml.',
      );
    }
    this.#state.front = front;
    await this.#save();
  }

  async #start(spec: ReleaseSpec, passed: Record<string, string>): Promise<number> {
    if (this.#stopping) throw refusal('the process host is ending', 'Deploy again.');
    let release = this.#releases.get(spec.id);
    if (!release) {
      const state = { ...spec, port: 0, wanted: false };
      release = new SupervisedRelease(state, passed, this.#supervision(spec.id));
      this.#state.releases[spec.id] = state;
      this.#releases.set(spec.id, release);
    }
    try {
      return await release.start();
    } catch (error) {
      if (!release.state.wanted) await this.#forget(spec.id);
      throw error;
    }
  }

  async #switch(releaseId: string): Promise<void> {
    const release = this.#releases.get(releaseId);
    if (!release?.runs) throw refusal(`release ${releaseId} does not run`, 'Deploy it again.');
    this.#state.liveId = releaseId;
    delete this.#state.share;
    await this.#save(); // first the record, then the traffic: a host killed in between comes back switched
    this.#point();
  }

  async #shift(releaseId: string, percent: number): Promise<void> {
    const { liveId } = this.#state;
    if (liveId === undefined || liveId === releaseId)
      throw refusal('there is no other release to share the traffic with', 'Give it all traffic.');
    if (!this.#releases.get(releaseId)?.runs)
      throw refusal(`release ${releaseId} does not run`, 'Deploy it again.');
    this.#state.share = { releaseId, percent };
    await this.#save();
    this.#point();
    this.#proxy.countAnew([liveId, releaseId]);
  }

  /** Waits for open requests, then ends the process. Its files stay. */
  async #retire(releaseId: string, drainMs: number): Promise<void> {
    const release = this.#releases.get(releaseId);
    if (!release) return;
    if (this.#state.liveId === releaseId)
      throw refusal(
        `release ${release.state.version} is live and cannot be ended`,
        'Give the traffic to another release first.',
      );
    if (this.#state.share?.releaseId === releaseId) {
      delete this.#state.share;
      await this.#save();
      this.#point();
    }
    release.dismiss();
    const deadline = now().getTime() + drainMs;
    while (this.#proxy.openRequests(releaseId) > 0 && now().getTime() < deadline) await sleep(20);
    await release.end();
    await this.#forget(releaseId);
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    this.#proxy.switchTo(undefined);
    await Promise.all([...this.#releases.values()].map((release) => release.end()));
    await Promise.allSettled(this.#turns.values());
    this.#releases.clear();
    this.#state.releases = {};
    delete this.#state.liveId;
    delete this.#state.share;
    delete this.#state.front;
    await this.#save().finally(() => this.#ended.abort());
  }

  async #forget(releaseId: string): Promise<void> {
    this.#releases.delete(releaseId);
    delete this.#state.releases[releaseId];
    await this.#save();
  }

  #supervision(releaseId: string) {
    return {
      save: () => this.#save(),
      moved: () => {
        if ([this.#state.liveId, this.#state.share?.releaseId].includes(releaseId)) this.#point();
      },
    };
  }

  #point(): void {
    const { liveId, share, releases } = this.#state;
    const [live, sharing] = [liveId, share?.releaseId].map((id) => releases[id ?? '']);
    this.#proxy.switchTo(live, sharing && share && { upstream: sharing, percent: share.percent });
  }

  /** Where the front should be open and is not, somebody else had the port when this host began. */
  async #reopenFront(): Promise<void> {
    const { front } = this.#state;
    if (!front || this.#proxy.listening || this.#stopping) return;
    await this.#proxy.listen(front).catch(() => undefined);
  }

  /** Writes the state as it is now; one write after the other. */
  #save(): Promise<void> {
    const save = this.#saving.then(() => writeHostState(this.#stateDir, this.#state));
    this.#saving = save.catch(() => undefined);
    return save;
  }

  #inTurn<T>(releaseId: string, change: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(releaseId) ?? Promise.resolve()).then(change);
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(releaseId) === settled) this.#turns.delete(releaseId);
      });
    this.#turns.set(releaseId, settled);
    return turn;
  }
}

function refusal(why: string, remedy: string): DevopsError {
  return new DevopsError('TARGET_FAILED', why, { remedy });
}
