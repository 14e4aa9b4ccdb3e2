import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startMarkOf } from '../../src/platform/processes.ts';

const runFile = promisify(execFile);

/** Daemons lie where no search path of people leads. */
const searchPath = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;
async function run(
  program: string,
  parameters: readonly string[],
  options: { env?: NodeJS.ProcessEnv; maxBuffer?: number } = {},
): Promise<string> {
  const env = { ...process.env, ...options.env, PATH: searchPath };
  return (await runFile(program, parameters, { ...options, env, encoding: 'utf8' })).stdout;
}

/** A Docker of our own: another socket, other data, another bridge. Needs root, `docker.io`, `iptables`, `iproute2`. */
export interface PrivateDocker {
  /** Where its data are, and those of a registry beside it. */
  dir: string;
  /** For DOCKER_HOST and the classic builder, which needs no plugin. */
  environment: Record<string, string>;
  /** @returns standard output, without the last line end */
  docker(...parameters: string[]): Promise<string>;
  /** Ends the daemon, and with it what it runs, until `startAgain`. */
  shutDown(): Promise<void>;
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** Name of an image that has the node of this machine and nothing else: nothing can be pulled here. */
export const nodeImage = 'testbed/node';

const upTimeoutMs = 30_000;
const downTimeoutMs = 20_000;

/**
 * Starts a Docker daemon in a temporary folder, with the image `nodeImage`.
 * @param options further ones of dockerd
 * @throws Error where none can run
 */
export async function startDocker(options: readonly string[] = []): Promise<PrivateDocker> {
  for (const program of ['dockerd', 'docker', 'haproxy', 'docker-registry', 'iptables', 'ip']) {
    await run('sh', ['-c', `command -v ${program}`]).catch(() => {
      throw new Error(`there is no ${program}`);
    });
  }
  // In memory where the tests have their folder: a container starts in half the time.
  const dir = await fs.realpath(await fs.mkdtemp(path.join(process.env.TEST_FOLDER ?? tmpdir(), 'docker-')));
  const socket = `unix://${dir}/docker.sock`;
  const environment = { DOCKER_HOST: socket, DOCKER_BUILDKIT: '0', DOCKER_CONFIG: path.join(dir, 'config') };
  // docker0 belongs to whoever else runs a Docker here: two daemons would take it from each other.
  const bridge = `tb${process.pid}`;
  const log = await fs.open(path.join(dir, 'dockerd.log'), 'a');
  const docker = async (...parameters: string[]) => {
    const options = { env: environment, maxBuffer: 64 * 1024 * 1024 };
    return (await run('docker', parameters, options)).trim();
  };
  const parameters = [
    ...['--data-root', path.join(dir, 'data'), '--exec-root', path.join(dir, 'exec')],
    ...['--pidfile', path.join(dir, 'pid'), '--host', socket, '--bridge', bridge],
    ...['--iptables=false', '--ip6tables=false'],
    ...options,
  ];
  let daemon: ChildProcess | undefined;
  const start = async () => {
    daemon = spawn('dockerd', parameters, {
      stdio: ['ignore', log.fd, log.fd],
      env: { ...process.env, PATH: searchPath, DOCKER_HOST: undefined },
    });
    const deadline = Date.now() + upTimeoutMs;
    while ((await docker('version').catch(() => undefined)) === undefined) {
      if (daemon.exitCode !== null || Date.now() > deadline) {
        const said = await fs.readFile(path.join(dir, 'dockerd.log'), 'utf8');
        throw new Error(`dockerd does not start:\n${said.slice(-2_000)}`);
      }
      await sleep(50);
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill(signal);
    await Promise.race([ended, sleep(downTimeoutMs, undefined, { ref: false })]);
  };
  const stop = async () => {
    await end('SIGTERM');
    await end('SIGKILL');
    await log.close();
    await clean(dir);
  };
  try {
    await fs.writeFile(path.join(dir, 'bridge'), bridge);
    await run('ip', ['link', 'add', 'name', bridge, 'type', 'bridge']);
    await run('ip', [
      'address',
      'add',
      `10.${220 + (Math.floor(process.pid / 250) % 10)}.${(process.pid % 250) + 1}.1/24`,
      'dev',
      bridge,
    ]);
    // With an address of its own: else it takes that of the container that came first, and when that one goes, all
    // others talk to nobody until their neighbour tables forget it.
    await run('ip', ['link', 'set', bridge, 'address', '02:42:0a:d5:00:01', 'up']);
    await start();
    await buildNodeImage(docker, dir);
    return { dir, environment, docker, shutDown: () => end('SIGTERM'), startAgain: start, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Ends every Docker that was started in the folder, also by somebody who was killed. */
export async function endDockersIn(folder: string): Promise<void> {
  for (const name of (await fs.readdir(folder)).filter((one) => one.startsWith('docker-'))) {
    const dir = path.join(folder, name);
    const pid = Number(await fs.readFile(path.join(dir, 'pid'), 'utf8').catch(() => ''));
    const mark = pid > 0 ? startMarkOf(pid) : undefined;
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (mark === undefined || startMarkOf(pid) !== mark) break;
      process.kill(pid, signal);
      const deadline = Date.now() + downTimeoutMs;
      while (startMarkOf(pid) === mark && Date.now() < deadline) await sleep(50);
    }
    await clean(dir);
  }
}

/** What a daemon leaves behind. */
async function clean(dir: string): Promise<void> {
  const bridge = await fs.readFile(path.join(dir, 'bridge'), 'utf8').catch(() => '');
  await run('ip', ['link', 'delete', bridge]).catch(() => undefined);
  const mounts = (await fs.readFile('/proc/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((place) => place.startsWith(`${dir}/`)).reverse())
    await run('umount', ['--lazy', mount]).catch(() => undefined);
  await fs.rm(dir, { recursive: true, force: true });
}

async function buildNodeImage(docker: PrivateDocker['docker'], dir: string): Promise<void> {
  const context = path.join(dir, 'node-image');
  const put = async (file: string, as = file) => {
    const to = path.join(context, 'root', as);
    await fs.mkdir(path.dirname(to), { recursive: true });
    await fs.copyFile(file, to); // follows links
  };
  await put(process.execPath, '/usr/bin/node');
  const libraries = await run('ldd', [process.execPath]);
  for (const [, library] of libraries.matchAll(/(\/\S+) \(0x/g))
    if (library !== undefined) await put(library);
  await fs.mkdir(path.join(context, 'root', 'tmp'), { recursive: true });
  // The first process of a container ignores what it does not handle, hence the signal.
  const lines = ['FROM scratch', 'COPY root /', 'ENV HOST=0.0.0.0', 'STOPSIGNAL SIGKILL', 'WORKDIR /service'];
  await fs.writeFile(path.join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
  await docker('build', '--quiet', '--tag', nodeImage, context);
  await fs.rm(context, { recursive: true });
}
