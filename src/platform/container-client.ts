import { request } from 'node:http';
import * as z from 'zod';
import { type CommandOutcome, runCommand } from './processes.ts';

/** Docker, or a program with its command line, as a program: arguments travel apart from the shell's text. */

const questionTimeoutMs = 30_000;

export interface ContainerClient {
  /** Never throws for what the program does. */
  run(parameters: readonly string[], options?: RunOptions): Promise<CommandOutcome>;
  /** The container of that name; undefined when there is none. @throws Error when nobody can tell */
  inspect(name: string): Promise<Container | undefined>;
  /** Names of the containers with all of the labels. @throws Error when nobody can tell */
  list(...labels: string[]): Promise<string[]>;
  /** `sha256:<hex>` of an image that is here; undefined when it is not. @throws Error when nobody can tell */
  imageId(reference: string): Promise<string | undefined>;
}

export interface RunOptions {
  timeoutMs?: number;
  /** Variables beside those of the client. */
  environment?: Record<string, string>;
  signal?: AbortSignal;
  onLine?: (line: string) => void;
}

const containerShape = z.object({
  Id: z.string(),
  Image: z.string(),
  RestartCount: z.number().default(0),
  State: z.object({
    Running: z.boolean(),
    Restarting: z.boolean().default(false),
    Paused: z.boolean().default(false),
    ExitCode: z.number().default(0),
    Pid: z.number().default(0),
    OOMKilled: z.boolean().default(false),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
  Config: z.object({
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
  NetworkSettings: z
    .object({ Networks: z.record(z.string(), z.object({ IPAddress: z.string().nullish() })).nullish() })
    .nullish(),
  HostConfig: z.object({
    PortBindings: z
      .record(z.string(), z.array(z.object({ HostIp: z.string().nullish(), HostPort: z.string() })).nullish())
      .nullish(),
  }),
});

export interface Container {
  id: string;
  /** `sha256:<hex>` */
  image: string;
  labels: Record<string, string>;
  runs: boolean;
  /** How often it was started again by itself. */
  restarts: number;
  exitCode: number;
  outOfMemory: boolean;
  /** Of its first process, as this machine sees it; 0 when it does not run. */
  pid: number;
  /** On 127.0.0.1. */
  port: number | undefined;
  /** What its health check says: `starting`, `healthy` or `unhealthy`; undefined without one. */
  health: string | undefined;
  /** On the first of its networks, for whoever is on the same machine. */
  address: string | undefined;
}

/**
 * @param command how the program is called, as the user wrote it
 * @param environment the complete environment of the program
 */
export function openContainerClient(
  command: string,
  { workDir, environment }: { workDir: string; environment: Record<string, string> },
): ContainerClient {
  const run: ContainerClient['run'] = (parameters, options = {}) =>
    runCommand({
      command: `${command} "$@"`,
      parameters,
      workDir,
      environment: { ...environment, ...options.environment },
      timeoutMs: options.timeoutMs ?? questionTimeoutMs,
      signal: options.signal,
      onLine: options.onLine,
    });

  /** @returns standard output, or undefined when there is no such thing */
  async function ask(parameters: readonly string[]): Promise<string | undefined> {
    const outcome = await run(parameters);
    if (outcome.exitCode === 0) return Buffer.from(outcome.stdout).toString('utf8').trim();
    if (/no such (container|image|object|pod)|not found: |image not known/i.test(outcome.stderr))
      return undefined;
    throw new Error(complaintOf(outcome));
  }

  return {
    run,
    async inspect(name) {
      const text = await ask(['container', 'inspect', name]);
      if (text === undefined) return undefined;
      const [found] = z.array(containerShape).parse(JSON.parse(text));
      if (!found) return undefined;
      const bindings = Object.values(found.HostConfig.PortBindings ?? {}).flatMap((one) => one ?? []);
      const { State: state } = found;
      return {
        id: found.Id,
        image: withAlgorithm(found.Image),
        labels: found.Config.Labels ?? {},
        runs: (state.Running || state.Restarting) && !state.Paused,
        restarts: found.RestartCount,
        exitCode: state.ExitCode,
        outOfMemory: state.OOMKilled,
        pid: state.Pid,
        port: bindings[0] === undefined ? undefined : Number(bindings[0].HostPort),
        health: state.Health == null || state.Health.Status === 'none' ? undefined : state.Health.Status,
        address: Object.values(found.NetworkSettings?.Networks ?? {})
          .map((network) => network.IPAddress ?? '')
          .find((address) => address !== ''),
      };
    },
    async list(...labels) {
      const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
      const text = await ask(['ps', '--all', ...filters, '--format', '{{.Names}}']);
      return (text ?? '').split('\n').filter((name) => name !== '');
    },
    async imageId(reference) {
      const id = await ask(['image', 'inspect', '--format', '{{.Id}}', reference]);
      return id === undefined ? undefined : withAlgorithm(id);
    },
  };
}

/** Podman leaves the algorithm out. */
export function withAlgorithm(digest: string): string {
  return digest.startsWith('sha256:') ? digest : `sha256:${digest}`;
}

/** What the program said last, on one line, or how it ended when it said nothing. */
export function complaintOf({ stderr, stdout, ended, exitCode }: CommandOutcome): string {
  const said = `${Buffer.from(stdout).toString('utf8')}\n${stderr}`.split('\n').map((line) => line.trim());
  const last = said.filter((line) => line !== '').slice(-4);
  const how = ended === undefined ? `exit code ${exitCode ?? 'unknown'}` : `ended by ${ended}`;
  return last.length === 0 ? how : `${last.join(' | ')} (${how})`;
}

/**
 * Whether a service answers HTTP there. That something accepts the connection proves nothing: Docker's own proxy does,
 * before the service in the container listens.
 */
export function answersHttp(port: number, timeoutMs = 1_000): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request({
      host: '127.0.0.1',
      port,
      method: 'HEAD',
      path: '/',
      agent: false,
      timeout: timeoutMs,
    });
    call.once('response', (answer) => {
      answer.resume();
      resolve(true);
      call.destroy();
    });
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve(false));
    call.once('close', () => resolve(false));
    call.end();
  });
}
