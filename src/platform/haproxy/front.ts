import { mkdir } from 'node:fs/promises';
import { DevopsError } from '../../errors.ts';
import { now, sleep } from '../clock.ts';
import { withFileLock } from '../file-lock.ts';
import { path, readTextIfExists, removeFile, replaceFile } from '../files.ts';
import { isPrivate, socketFolder, socketOf } from '../process-host/protocol.ts';
import { makeFolder } from '../release-folders.ts';
import { type FrontServer, parseConfiguration, renderConfiguration, renderHead } from './configuration.ts';
import { commandsTowards } from './reconciliation.ts';
import { askRuntime, countersOf, lastAnswerTimesMs, runningServers, type ServerCounters } from './runtime.ts';
import { endHaproxy, ensureHaproxy, type HaproxyFiles, logFile } from './supervision.ts';

const lockTimeoutMs = 30_000;
const applyTimeoutMs = 10_000;
const retryIntervalMs = 50;

export interface FrontOptions {
  /** Absolute folder of the target: configuration, log and lock are there. */
  stateDir: string;
  host: string;
  port: number;
  /** How haproxy is called. */
  haproxy: string;
  /** Environment of haproxy. */
  environment: Record<string, string>;
  requestTimeoutMs: number;
  drainMs: number;
}

/** Who has the traffic: a haproxy of ours, and the file that it starts from. */
export interface Front {
  /** What was last decided, whether haproxy runs or not; undefined where the front was never opened. */
  decided(): Promise<FrontServer[] | undefined>;
  /** What the running haproxy does; undefined when none runs. Never starts one. */
  serving(): Promise<FrontServer[] | undefined>;
  /** Whether the haproxy that runs is the one that listens there. */
  listens(): Promise<boolean>;
  /**
   * Decides anew who gets how much. One change after the other, also between processes: `decide` sees the outcome of
   * the one before, and what it throws changes nothing. First the file, then the traffic: who is killed in between
   * leaves a front that comes back as decided.
   * @throws TARGET_FAILED when haproxy does not start or refuses, and what `decide` throws
   */
  change(decide: (servers: FrontServer[]) => Promise<FrontServer[]> | FrontServer[]): Promise<void>;
  counters(name: string): Promise<ServerCounters | undefined>;
  /** Requests that the server is answering; infinitely many while nobody can tell. */
  openRequests(name: string): Promise<number>;
  /** Durations of the last answers, oldest first. */
  lastAnswerTimesMs(name: string): Promise<number[]>;
  /** Ends haproxy; `admit` and `after` run under the same lock, before and after. */
  close(admit: () => Promise<void>, after: () => Promise<void>): Promise<void>;
}

export function openFront(options: FrontOptions): Front {
  const { stateDir, host, port, haproxy, requestTimeoutMs, drainMs } = options;
  const socket = socketOf(stateDir).replace(/\.sock$/, '.haproxy');
  const file = path.join(stateDir, 'haproxy.cfg');
  const files: HaproxyFiles = { stateDir, configuration: file, socket };
  const head = renderHead({ host, port, socket, requestTimeoutMs, drainMs });
  const locked = <T>(work: () => Promise<T>) => withFileLock(file, work, { timeoutMs: lockTimeoutMs });

  async function read(): Promise<ReturnType<typeof parseConfiguration>> {
    const text = await readTextIfExists(file);
    if (text === undefined) return undefined;
    const configuration = parseConfiguration(text);
    if (configuration) return configuration;
    throw new DevopsError('STATE_FAILED', `${file} is not readable as what this program wrote`, {
      remedy: `Undo what was changed in it. If nobody can, end its haproxy, delete ${file}, and deploy again.`,
    });
  }

  async function start(): Promise<void> {
    const obstacle = await ensureHaproxy(files, haproxy, options.environment);
    if (obstacle === undefined) return;
    throw new DevopsError('TARGET_FAILED', `haproxy does not start on ${host}:${port}: ${obstacle}`, {
      remedy: `Mend what ${logFile(files)} names, then deploy again.`,
    });
  }

  /** Brings haproxy to what was decided, also one that is killed meanwhile. */
  async function apply(wanted: readonly FrontServer[]): Promise<void> {
    const deadline = now().getTime() + applyTimeoutMs;
    let refusal = 'it does not answer';
    for (;;) {
      await start();
      const running = await runningServers(socket);
      if (running) {
        const commands = commandsTowards(running, wanted);
        if (commands.length === 0) return;
        for (const command of commands) {
          const answer = (await askRuntime(socket, command))?.trim();
          if (answer !== undefined && answer !== '') refusal = `${answer} (${command})`;
        }
        if (commandsTowards((await runningServers(socket)) ?? [], wanted).length === 0) return;
      }
      if (now().getTime() > deadline) break;
      await sleep(retryIntervalMs);
    }
    throw new DevopsError('TARGET_FAILED', `haproxy does not do what was decided: ${refusal}`, {
      remedy: 'Deploy again. If that does not help, end this haproxy: it is started again as decided.',
    });
  }

  return {
    decided: async () => (await read())?.servers,
    async serving() {
      const running = await runningServers(socket);
      if (!running) return undefined;
      return ((await read())?.servers ?? []).flatMap((server) => {
        const now = running.find(({ name }) => name === server.name);
        return now === undefined ? [] : [{ ...server, ...now }];
      });
    },
    async listens() {
      return (await read())?.head === head && (await runningServers(socket)) !== undefined;
    },
    async change(decide) {
      await makeFolder(stateDir);
      await makeSocketFolder();
      await locked(async () => {
        const before = await read();
        const servers = await decide(before?.servers ?? []);
        const text = renderConfiguration(head, servers);
        // What cannot be changed over the socket (the address, say) needs a new haproxy.
        if (before && before.head !== head) await endHaproxy(files, drainMs);
        await replaceFile(file, text);
        await apply(servers);
      });
    },
    counters: async (name) => (await countersOf(socket, name))?.counters,
    async openRequests(name) {
      const answer = await countersOf(socket, name);
      return answer === undefined ? Number.POSITIVE_INFINITY : (answer.counters?.open ?? 0);
    },
    lastAnswerTimesMs: (name) => lastAnswerTimesMs(socket, name),
    close: (admit, after) =>
      locked(async () => {
        await admit();
        await endHaproxy(files, drainMs);
        await after();
        await removeFile(file);
      }),
  };
}

/** A private folder: whoever else could put a socket there would decide who has the traffic. */
async function makeSocketFolder(): Promise<void> {
  const folder = socketFolder();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (await isPrivate(folder)) return;
  throw new DevopsError('STATE_FAILED', `${folder} is open to other users of this machine`, {
    remedy: `Delete ${folder}, or make it yours alone (chmod 700).`,
  });
}
