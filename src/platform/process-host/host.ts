import * as fs from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { now, sleep, waitUntil } from '../clock.ts';
import { readTextIfExists, replaceFile } from '../files.ts';
import { askHost } from './client.ts';
import {
  type HostAnswer,
  type HostRequest,
  type HostState,
  type ReleaseState,
  socketFolder,
  socketOf,
  stateFileOf,
} from './protocol.ts';
import { FrontProxy } from './proxy.ts';
import { answers, endRelease, freePort, runs, startRelease } from './supervisor.ts';

const readyTimeoutMs = 30_000;
const watchIntervalMs = 250;
/** How long a host that started at the same moment may take to answer. */
const otherHostMs = 2_000;
const firstBackoffMs = 500;
const longestBackoffMs = 30_000;

/**
 * Runs the host until it is told to stop. A second one for the same folder ends at once. Releases that still run
 * from a host before are taken over by pid and start mark; those that should run and do not are started again.
 * @throws Error when the front port is taken by somebody else
 */
export async function runProcessHost(stateDir: string): Promise<void> {
  const text = await readTextIfExists(stateFileOf(stateDir));
  if (text === undefined) throw new Error(`there is no ${stateFileOf(stateDir)}`);
  if (await isServed(stateDir)) return;
  const host = new ProcessHost(stateDir, JSON.parse(text) as HostState);
  try {
    // Owning the port is being the host: only one of two that start at once gets it.
    await host.listen();
  } catch (error) {
    if (await waitUntil(async () => (await isServed(stateDir)) || undefined, { timeoutMs: otherHostMs }))
      return;
    throw error;
  }
  const control = await openControl(stateDir, host);
  await host.run();
  control.close();
  control.closeAllConnections();
}

async function isServed(stateDir: string): Promise<boolean> {
  return (await askHost(stateDir, { do: 'status' })) !== undefined;
}

async function openControl(stateDir: string, host: ProcessHost): Promise<Server> {
  await fs.mkdir(socketFolder(), { recursive: true, mode: 0o700 });
  const socket = socketOf(stateDir);
  await fs.rm(socket, { force: true }); // left behind by a host that was killed
  const server = createServer((request, response) => void host.serve(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
  return server;
}

class ProcessHost {
  readonly #stateDir: string;
  readonly #state: HostState;
  readonly #proxy = new FrontProxy();
  /** When a crashed release may be started again. */
  readonly #notBefore = new Map<string, number>();
  #stopped = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(stateDir: string, state: HostState) {
    this.#stateDir = stateDir;
    this.#state = state;
  }

  /** Opens the front port and goes on serving what was live. @throws Error when the port is taken */
  async listen(): Promise<void> {
    await this.#proxy.listen(this.#state.host, this.#state.port);
    this.#point();
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      await this.#inTurn(() => this.#keepRunning());
      await sleep(watchIntervalMs);
    }
    await this.#proxy.close();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const asked = JSON.parse(Buffer.concat(chunks).toString('utf8')) as HostRequest;
    const answer = await this.#answer(asked).catch(
      (error: Error): HostAnswer => ({ ok: false, why: error.message }),
    );
    response.end(JSON.stringify(answer));
  }

  async #answer(asked: HostRequest): Promise<HostAnswer> {
    switch (asked.do) {
      case 'status':
        return { ok: true, state: this.#state };
      case 'traffic':
        return { ok: true, traffic: this.#proxy.traffic(asked.releaseId)?.read() };
      default:
        return this.#inTurn(() => this.#change(asked));
    }
  }

  async #change(asked: Exclude<HostRequest, { do: 'status' } | { do: 'traffic' }>): Promise<HostAnswer> {
    if (asked.fence < this.#state.fence) {
      return {
        ok: false,
        why: `fencing number ${asked.fence} is lower than ${this.#state.fence}: a later deployment has taken over`,
      };
    }
    this.#state.fence = asked.fence;
    switch (asked.do) {
      case 'start':
        return { ok: true, port: await this.#start(asked.release) };
      case 'switch':
        return this.#switch(asked.releaseId);
      case 'retire':
        return this.#retire(asked.releaseId);
      case 'stop':
        return this.#stop();
    }
  }

  /** Starts the release, or finds it running, and waits until it accepts connections. */
  async #start(spec: Omit<ReleaseState, 'port' | 'wanted' | 'restarts'>): Promise<number> {
    const known = this.#state.releases[spec.id];
    const release: ReleaseState =
      known && runs(known) ? known : { ...spec, port: await freePort(), wanted: true, restarts: 0 };
    release.wanted = true;
    this.#state.releases[spec.id] = release;
    if (!runs(release)) release.process = startRelease(release);
    await this.#save();
    const deadline = now().getTime() + readyTimeoutMs;
    while (!(await answers(release.port))) {
      if (!runs(release)) return this.#giveUp(release, 'its process ended');
      if (now().getTime() > deadline)
        return this.#giveUp(release, `nothing listens on its port after ${readyTimeoutMs} ms`);
      await sleep(20);
    }
    return release.port;
  }

  async #giveUp(release: ReleaseState, why: string): Promise<never> {
    release.wanted = false;
    if (release.process) await endRelease(release.process);
    await this.#save();
    throw new Error(`release ${release.version} did not start: ${why}`);
  }

  async #switch(releaseId: string): Promise<HostAnswer> {
    const release = this.#state.releases[releaseId];
    if (!release || !runs(release)) return { ok: false, why: `release ${releaseId} does not run` };
    this.#state.liveId = releaseId;
    await this.#save(); // first the record, then the traffic: a host killed in between comes back switched
    this.#point();
    return { ok: true };
  }

  /** Waits for open requests, then ends the process. Its files stay. */
  async #retire(releaseId: string): Promise<HostAnswer> {
    const release = this.#state.releases[releaseId];
    if (!release) return { ok: true };
    if (this.#state.liveId === releaseId)
      return { ok: false, why: `release ${release.version} is live and cannot be ended` };
    release.wanted = false;
    await this.#save();
    const deadline = now().getTime() + this.#state.drainMs;
    while (this.#proxy.openRequests(releaseId) > 0 && now().getTime() < deadline) await sleep(20);
    if (release.process) await endRelease(release.process);
    delete this.#state.releases[releaseId];
    await this.#save();
    return { ok: true };
  }

  async #stop(): Promise<HostAnswer> {
    this.#proxy.switchTo(undefined);
    await Promise.all(
      Object.values(this.#state.releases).map(({ process: identity }) => identity && endRelease(identity)),
    );
    this.#state.releases = {};
    this.#state.liveId = undefined;
    await this.#save();
    this.#stopped = true;
    return { ok: true };
  }

  /** Starts again what should run and does not, less and less eagerly. */
  async #keepRunning(): Promise<void> {
    for (const release of Object.values(this.#state.releases)) {
      if (!release.wanted || runs(release)) continue;
      const dueAt = this.#notBefore.get(release.id);
      if (dueAt !== undefined && now().getTime() < dueAt) continue;
      const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** release.restarts);
      this.#notBefore.set(release.id, now().getTime() + backoffMs);
      release.restarts += 1;
      release.process = startRelease(release);
      await this.#save();
    }
  }

  #point(): void {
    const live = this.#state.liveId === undefined ? undefined : this.#state.releases[this.#state.liveId];
    this.#proxy.switchTo(live && { releaseId: live.id, port: live.port });
  }

  async #save(): Promise<void> {
    await replaceFile(stateFileOf(this.#stateDir), JSON.stringify(this.#state, null, 1));
  }

  /** Changes happen one after the other, whoever asks. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(change);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}
