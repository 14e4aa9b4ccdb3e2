import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { endStrays, newStrayMark, runningPids, strayMark } from './strays.ts';

/** Processes: commands with limits, detached programs that outlive us, and who is still alive. */

/** A process, named so that a recycled pid is not mistaken for it. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque start mark of the kernel; the same pid with another mark is another process. */
  startMark: string;
}

/**
 * When the process was started, as an opaque mark, or undefined when no such process runs. A zombie does not run.
 * Linux: field 22 of /proc/PID/stat (proc(5)); elsewhere `ps -o lstart`.
 */
export function startMarkOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const fields = statOf(pid);
    return fields?.[0] === 'Z' ? undefined : fields?.[19];
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether any process of the group runs. A zombie does not: in a container whose first process collects no children,
 * the ended child of a shell that ended stays one for good.
 */
export function groupRuns(groupId: number): boolean {
  try {
    process.kill(-groupId, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  return runningPids().some((pid) => {
    const [state, , group] = statOf(pid) ?? [];
    return state !== 'Z' && group === String(groupId);
  });
}

/** Fields of /proc/PID/stat from the third on, the state (proc(5)): a program's name may have blanks of its own. */
function statOf(pid: number | string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

export function isAlive({ pid, startMark }: ProcessIdentity): boolean {
  return startMarkOf(pid) === startMark;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, startMark: startMarkOf(process.pid) ?? 'unknown' };
}

export interface CommandRequest {
  /** Shell text as the user wrote it in the configuration. Values never get into it: they travel in `environment`. */
  command: string;
  /** What the command finds as "$@". */
  parameters?: readonly string[];
  workDir: string;
  /** The complete environment of the command; nothing is inherited. */
  environment: Record<string, string>;
  timeoutMs: number;
  signal?: AbortSignal;
  /** Bytes of standard output kept; a command that writes more is ended. Default 64 MiB. */
  maxOutputBytes?: number;
  input?: string;
  /** Called for each line of standard output and standard error. */
  onLine?: (line: string) => void;
  /** Nothing that it started outlives it, not even what left its process group. For commands that start no service. */
  endsStrays?: boolean;
}

export interface CommandOutcome {
  /** Undefined when a signal ended it. */
  exitCode?: number;
  /** Why we ended it, when we did. */
  ended?: 'timeout' | 'cancelled' | 'output';
  stdout: Uint8Array;
  stderr: string;
  durationMs: number;
}

const defaultMaxOutputBytes = 64 * 1024 * 1024;
const graceMs = 2_000;
/** When a command has ended, so long its output is waited for that something else still holds open. */
const drainMs = 1_000;

/**
 * Runs a configured command through `sh -c` in a process group of its own. At a limit the whole group is ended,
 * first with SIGTERM, then with SIGKILL. Never throws for what the command does.
 */
export async function runCommand(request: CommandRequest): Promise<CommandOutcome> {
  const { execa } = await import('execa'); // not needed for serving, and slow to load
  const startedAt = performance.now();
  const maxBuffer = request.maxOutputBytes ?? defaultMaxOutputBytes;
  const mark = request.endsStrays ? newStrayMark() : undefined;
  const child = execa('/bin/sh', ['-c', request.command, 'sh', ...(request.parameters ?? [])], {
    cwd: request.workDir,
    env: mark === undefined ? request.environment : { ...request.environment, [strayMark]: mark },
    extendEnv: false,
    detached: true,
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer,
    stdin: request.input === undefined ? 'ignore' : 'pipe',
    ...(request.input === undefined ? {} : { input: request.input }),
  });
  let ended: CommandOutcome['ended'];
  let killTimer: NodeJS.Timeout | undefined;
  const end = (reason: NonNullable<CommandOutcome['ended']>) => {
    if (ended || child.pid === undefined) return;
    ended = reason;
    const pid = child.pid;
    signalGroup(pid, 'SIGTERM');
    killTimer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
  };
  const timeout = setTimeout(() => end('timeout'), request.timeoutMs);
  const onAbort = () => end('cancelled');
  if (request.signal?.aborted) onAbort();
  request.signal?.addEventListener('abort', onAbort, { once: true });
  if (request.onLine) {
    splitLines(child.stdout, request.onLine);
    splitLines(child.stderr, request.onLine);
  }
  let drainTimer: NodeJS.Timeout | undefined;
  child.once('exit', () => {
    // What the command left running in its group (a background server, say) ends with it. Else it would keep the
    // output open, and whoever waits for the end of that would wait for the server.
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    if (mark !== undefined) endStrays(mark);
    drainTimer = setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, drainMs);
  });
  const result = await child;
  clearTimeout(timeout);
  clearTimeout(killTimer);
  clearTimeout(drainTimer);
  request.signal?.removeEventListener('abort', onAbort);
  if (result.isMaxBuffer) ended ??= 'output';
  if (mark !== undefined) endStrays(mark);
  const outcome: CommandOutcome = {
    stdout: result.stdout ?? new Uint8Array(),
    stderr: Buffer.from(result.stderr ?? new Uint8Array()).toString('utf8'),
    durationMs: Math.round(performance.now() - startedAt),
  };
  if (result.exitCode !== undefined && !ended) outcome.exitCode = result.exitCode;
  if (ended) outcome.ended = ended;
  return outcome;
}

/** Sends a signal to a whole process group; a group that is gone is fine. */
export function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-groupId, signal);
  } catch {
    // ESRCH: already gone, which is what was wanted
  }
}

/** Calls `onLine` for each line that the stream brings, without its end. */
export function splitLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  if (!stream) return;
  const decoder = new TextDecoder();
  let rest = '';
  stream.on('data', (chunk: Uint8Array) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}

/**
 * Starts a program that outlives this process: own session, no shared pipes, output appended to `logFile`.
 * @returns its identity, once the kernel knows it
 */
export function startDetached(
  program: readonly [file: string, ...args: string[]],
  {
    workDir,
    environment,
    logFile,
  }: { workDir: string; environment: Record<string, string | undefined>; logFile: string },
): ProcessIdentity {
  const log = openSync(logFile, 'a', 0o600);
  try {
    const [file, ...args] = program;
    const child = spawn(file, args, {
      cwd: workDir,
      env: environment,
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.on('error', () => undefined); // a missing program shows as pid undefined below
    child.unref();
    if (child.pid === undefined) throw new Error(`cannot start ${file}`);
    return { pid: child.pid, startMark: startMarkOf(child.pid) ?? 'unknown' };
  } finally {
    closeSync(log);
  }
}

/** The variables a configured command gets by default: enough to find programs, nothing that may be secret. */
export function minimalEnvironment(
  server: Readonly<Record<string, string | undefined>>,
  passed: readonly string[] = [],
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'TZ', 'USER', ...passed]) {
    const value = server[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
