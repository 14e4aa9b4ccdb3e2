import { DevopsError } from '../../errors.ts';
import { waitUntil } from '../clock.ts';
import { path } from '../files.ts';
import { readLog } from '../log-file.ts';
import { startDetached } from '../processes.ts';
import { makeFolder } from '../release-folders.ts';
import { askHost } from './client.ts';
import {
  graceMs,
  type HostAnswer,
  type HostEffect,
  type HostStatus,
  readyTimeoutMs,
  type TrafficCount,
} from './protocol.ts';

const hostStartMs = 15_000;
const marginMs = 5_000;

export interface HostAccess {
  /** Undefined when no host is there; never starts one. */
  status(): Promise<HostStatus | undefined>;
  traffic(releaseId: string): Promise<TrafficCount | undefined>;
  /** Starts the host where there is none. @throws TARGET_FAILED with the host's reason when it refuses */
  effect(effect: HostEffect): Promise<Extract<HostAnswer, { ok: true }>>;
}

/** How the process target reaches its process host. */
export function openHostAccess({
  stateDir,
  environment,
  hostCommand,
  hostEnvironment,
  logFile,
}: {
  stateDir: string;
  environment: string;
  hostCommand: readonly [file: string, ...args: string[]];
  hostEnvironment: Record<string, string>;
  logFile: string;
}): HostAccess {
  async function status(): Promise<HostStatus | undefined> {
    const answer = await askHost(stateDir, { do: 'status' });
    return answer?.ok ? answer.status : undefined;
  }

  async function ensureHost(): Promise<void> {
    if (await status()) return;
    await makeFolder(path.dirname(logFile));
    startDetached([...hostCommand, '--state', stateDir], {
      workDir: stateDir,
      environment: hostEnvironment,
      logFile,
    });
    if (await waitUntil(status, { timeoutMs: hostStartMs })) return;
    const { lines } = await readLog(logFile, { lines: 3 });
    throw new DevopsError(
      'TARGET_FAILED',
      `the process host of ${environment} does not start: ${lines.join(' | ') || 'it says nothing'}`,
      { remedy: `Mend what ${logFile} names, then deploy again.` },
    );
  }

  return {
    status,
    async traffic(releaseId) {
      const answer = await askHost(stateDir, { do: 'traffic', releaseId });
      return answer?.ok ? answer.traffic : undefined;
    },
    async effect(effect) {
      await ensureHost();
      let answer = await askHost(stateDir, effect, longestMs(effect));
      if (!answer) {
        // It was killed, or was just ending. Effects can be repeated, so its successor gets this one.
        await ensureHost();
        answer = await askHost(stateDir, effect, longestMs(effect));
      }
      if (answer?.ok) return answer;
      throw new DevopsError(
        'TARGET_FAILED',
        answer?.why ?? `the process host of ${environment} died twice during "${effect.do}"`,
        { remedy: answer?.remedy ?? `Mend what ${logFile} names, then deploy again.` },
      );
    },
  };
}

/** How long the host may take to answer. */
function longestMs(effect: HostEffect): number {
  const waitMs = {
    open: 0,
    start: readyTimeoutMs,
    switch: readyTimeoutMs,
    shift: 0,
    stop: readyTimeoutMs,
    retire: 0,
  };
  const drainMs = effect.do === 'retire' ? effect.drainMs : 0;
  return waitMs[effect.do] + drainMs + graceMs + marginMs;
}
