import { tmpdir } from 'node:os';
import { sha256 } from '../digest.ts';
import { path } from '../files.ts';
import type { ProcessIdentity } from '../processes.ts';

/**
 * The process host of one environment: a detached program that owns the front proxy and the processes of its
 * releases. This is what it keeps on disk and what it says over its socket.
 */

/** How a release is started; everything the host needs, so that it can start it again after a crash. */
export interface ReleaseSpec {
  id: string;
  version: string;
  /** Absolute folder of the extracted release. */
  dir: string;
  /** Shell text; it must listen on $PORT. */
  run: string;
  /** Complete environment of the process, without PORT. Holds no secret beyond what the policy passes through. */
  environment: Record<string, string>;
  logFile: string;
}

export interface ReleaseState extends ReleaseSpec {
  port: number;
  /** Whether it should run. */
  wanted: boolean;
  process?: ProcessIdentity;
  restarts: number;
}

/** `host.json`: the truth that a restarted host goes on with. */
export interface HostState {
  host: string;
  port: number;
  drainMs: number;
  /** The release that has all traffic. */
  liveId?: string;
  /** Highest fencing number seen. */
  fence: number;
  releases: Record<string, ReleaseState>;
}

export interface TrafficCount {
  requests: number;
  errors: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

/** One request over the socket. `fence` is refused when it is lower than one seen before. */
export type HostRequest =
  | { do: 'status' }
  | { do: 'start'; fence: number; release: ReleaseSpec }
  | { do: 'switch'; fence: number; releaseId: string }
  | { do: 'retire'; fence: number; releaseId: string }
  | { do: 'traffic'; releaseId: string }
  | { do: 'stop'; fence: number };

export type HostAnswer =
  | { ok: true; state?: HostState; port?: number; traffic?: TrafficCount }
  | { ok: false; why: string };

export function stateFileOf(stateDir: string): string {
  return path.join(stateDir, 'host.json');
}

/** Unix sockets have short names: it lies in a private folder of the user, named by the state folder's digest. */
export function socketFolder(): string {
  return path.join(tmpdir(), `devops-engineer-${process.getuid?.() ?? 'user'}`);
}

export function socketOf(stateDir: string): string {
  return path.join(socketFolder(), `${sha256(path.resolve(stateDir)).slice(0, 16)}.sock`);
}
