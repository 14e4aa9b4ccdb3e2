import { lstat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { sha256 } from '../digest.ts';
import { path } from '../files.ts';

/**
 * The process host of one environment: a detached program that owns the front proxy and the processes of its
 * releases. This is what is said to it over its Unix socket, one JSON text per HTTP request.
 */

/** Where the front proxy listens. */
export interface Front {
  host: string;
  port: number;
}

/** How a release is started; everything the host needs, so that it can start it again after a crash. */
export interface ReleaseSpec {
  id: string;
  version: string;
  /** Absolute folder of the unpacked release. */
  dir: string;
  /** Shell text; it must listen on 127.0.0.1:$PORT and stay in the foreground. */
  run: string;
  /** Environment of the process, without PORT and without what is handed through. */
  environment: Record<string, string>;
  /** Names of the variables that are handed through. Their values may be secret and never get to the disk. */
  passEnvironment: string[];
  logFile: string;
}

export interface TrafficCount {
  requests: number;
  errors: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

export interface RunningRelease {
  id: string;
  version: string;
}

export interface HostStatus {
  front?: Front;
  live?: RunningRelease;
  /** All releases that the host keeps running. */
  releases: RunningRelease[];
}

/** Changes something. Refused when `fence` is lower than one seen before. */
export type HostEffect = { fence: number } & (
  | { do: 'open'; front: Front }
  | { do: 'start'; release: ReleaseSpec; passed: Record<string, string> }
  | { do: 'switch'; releaseId: string }
  | { do: 'shift'; releaseId: string; percent: number }
  | { do: 'retire'; releaseId: string; drainMs: number }
  | { do: 'stop' }
);

export type HostRequest = { do: 'status' } | { do: 'traffic'; releaseId: string } | HostEffect;

export type HostAnswer =
  | { ok: true; status?: HostStatus; port?: number; traffic?: TrafficCount }
  | { ok: false; why: string; remedy: string };

/** The variables of those names that are set. */
export function valuesOf(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  const found = names.map((name) => [name, environment[name]] as const);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** How long a release may take until its port accepts connections. */
export const readyTimeoutMs = 30_000;
/** How long a process may take to end after SIGTERM. */
export const graceMs = 5_000;

/** A private folder of the user outside the project: the names of Unix sockets must be short. */
export function socketFolder(): string {
  return path.join(tmpdir(), `devops-engineer-${process.getuid?.() ?? 'user'}`);
}

export function socketOf(stateDir: string): string {
  return path.join(socketFolder(), `${sha256(path.resolve(stateDir)).slice(0, 16)}.sock`);
}

/** Whether nobody else can put a socket there: whoever could would be told the secrets of releases. */
export async function isPrivate(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  if (!found?.isDirectory()) return false;
  return found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
}
