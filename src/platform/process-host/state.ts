import * as z from 'zod';
import { DevopsError } from '../../errors.ts';
import { path, readTextIfExists, replaceFile } from '../files.ts';

/** `host.json`: what a host that was killed leaves to the next one. Only the host itself writes it. */

const releaseState = z.object({
  id: z.string(),
  version: z.string(),
  dir: z.string(),
  run: z.string(),
  environment: z.record(z.string(), z.string()),
  passEnvironment: z.array(z.string()),
  logFile: z.string(),
  /** Port of the process; a new one at every start. */
  port: z.int(),
  /** Whether it is to be kept running. One that is not yet was interrupted while it started. */
  wanted: z.boolean(),
  process: z.object({ pid: z.int(), startMark: z.string() }).optional(),
});

const hostState = z.object({
  front: z.object({ host: z.string(), port: z.int() }).optional(),
  /** The release that has all traffic. */
  liveId: z.string().optional(),
  /** The release that has a share of the traffic; the live one has the rest. */
  share: z.object({ releaseId: z.string(), percent: z.int().min(1).max(99) }).optional(),
  /** Highest fencing number seen. */
  fence: z.number(),
  releases: z.record(z.string(), releaseState),
});

export type ReleaseState = z.infer<typeof releaseState>;
export type HostState = z.infer<typeof hostState>;

export function stateFileOf(stateDir: string): string {
  return path.join(stateDir, 'host.json');
}

/**
 * @returns undefined where there never was a host
 * @throws STATE_FAILED when the file is not what a host wrote
 */
export async function readHostState(stateDir: string): Promise<HostState | undefined> {
  const file = stateFileOf(stateDir);
  const text = await readTextIfExists(file);
  if (text === undefined) return undefined;
  try {
    return hostState.parse(JSON.parse(text));
  } catch (error) {
    throw new DevopsError('STATE_FAILED', `${file} is not readable as the state of a process host`, {
      remedy: `End the processes of its releases, delete ${file}, and deploy again.`,
      cause: error,
    });
  }
}

export async function writeHostState(stateDir: string, state: HostState): Promise<void> {
  await replaceFile(stateFileOf(stateDir), JSON.stringify(state, null, 1));
}
