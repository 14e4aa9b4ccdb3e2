import { spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { freePort } from '../../src/platform/process-host/ports.ts';
import { startMarkOf } from '../../src/platform/processes.ts';
import { packageDir } from '../../src/platform/self.ts';

/**
 * Hosts that are reached over SSH: a real sshd for each, on a port of its own of the loopback address, whose sessions
 * begin in the host's own folder. Each has a supervisor for one service; everything is ended by its pid.
 */

const sshd = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/opt/homebrew/sbin/sshd'].find(existsSync);
const supervisor = path.join(packageDir, 'test', 'testbed', 'supervise.sh');

export interface SshHost {
  /** As `devops.yaml` names it. */
  address: string;
  /** Where its sessions begin. */
  dir: string;
  /** Where its service answers. */
  servicePort: number;
  /** Words that its supervisor was called with, oldest first, questions left out. */
  calls(): Promise<string[]>;
  /** What its service serves now; undefined when it does not answer. */
  serves(): Promise<string | undefined>;
  /** From now on every packet is lost, as far as one can tell from outside; sessions that run hang. */
  cutOff(): void;
  reconnect(): void;
  /** Ends its sshd and every session; nobody listens any more. */
  shutDown(): Promise<void>;
  boot(): Promise<void>;
}

export interface SshTestbed {
  dir: string;
  hosts: SshHost[];
  knownHostsFile: string;
  identityFile: string;
  /** Settings of a target on all hosts. */
  config: Record<string, unknown>;
  destroy(): Promise<void>;
}

/** Starts hosts. @throws Error where there is no OpenSSH server on this machine */
export async function startSshHosts(count: number): Promise<SshTestbed> {
  if (sshd === undefined) throw new Error('there is no sshd: install openssh-server');
  const dir = await fs.realpath(await fs.mkdtemp(path.join(tmpdir(), 'ssh-hosts-')));
  const identityFile = path.join(dir, 'client key'); // the blank is for the client's options to get right
  await makeKey(identityFile);
  const knownHostsFile = path.join(dir, 'known hosts');
  await fs.mkdir('/run/sshd', { recursive: true }).catch(() => undefined); // sshd of root wants it
  const hosts: (SshHost & { end(): Promise<void> })[] = [];
  const known: string[] = [];
  for (let number = 1; number <= count; number += 1) {
    const host = await startHost(path.join(dir, `host ${number}`), `${identityFile}.pub`);
    hosts.push(host);
    known.push(`[127.0.0.1]:${host.address.split(':')[1]} ${host.publicKey}`);
  }
  await fs.writeFile(knownHostsFile, `${known.join('\n')}\n`);
  return {
    dir,
    hosts,
    knownHostsFile,
    identityFile,
    config: {
      kind: 'ssh',
      url: `http://127.0.0.1:${hosts[0]?.servicePort}`,
      hosts: hosts.map(({ address }) => address),
      path: 'srv/the shop',
      restart: '"$HOST_DIR/supervise" restart',
      stop: '"$HOST_DIR/supervise" stop',
      status: '"$HOST_DIR/supervise" status',
      version: '"$HOST_DIR/supervise" version',
      log: '"$HOST_DIR/supervise" log',
      timeout: '20s',
      readyWithin: '10s',
      connectTimeout: '3s',
      knownHosts: knownHostsFile,
      identity: identityFile,
    },
    async destroy() {
      for (const host of hosts) await host.end();
      await fs.rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

async function startHost(
  dir: string,
  clientKey: string,
): Promise<SshHost & { publicKey: string; end(): Promise<void> }> {
  const etc = path.join(dir, 'etc');
  await fs.mkdir(etc, { recursive: true });
  await makeKey(path.join(etc, 'host_key'));
  await fs.copyFile(clientKey, path.join(etc, 'authorized_keys'));
  await fs.copyFile(supervisor, path.join(dir, 'supervise'));
  await fs.chmod(path.join(dir, 'supervise'), 0o755);
  const [port, servicePort] = [await freePort(), await freePort()];
  await fs.writeFile(
    path.join(etc, 'login'),
    `cd '${dir}' && export HOST_DIR='${dir}' PORT=${servicePort} NODE='${process.execPath}' && eval "$SSH_ORIGINAL_COMMAND"\n`,
  );
  const option = (name: string, value: string) => `${name} ${value}\n`;
  await fs.writeFile(
    path.join(etc, 'sshd_config'),
    [
      option('Port', String(port)),
      option('ListenAddress', '127.0.0.1'),
      option('HostKey', `"${path.join(etc, 'host_key')}"`),
      option('PidFile', 'none'),
      option('AuthorizedKeysFile', `"${path.join(etc, 'authorized_keys')}"`),
      option('StrictModes', 'no'), // the folder lies in one that everybody may write
      option('PasswordAuthentication', 'no'),
      option('KbdInteractiveAuthentication', 'no'),
      option('PermitRootLogin', 'prohibit-password'),
      option('UsePAM', 'no'),
      option('AllowAgentForwarding', 'yes'), // so that a test sees that the client does not ask for it
      // Else bash would read what the developer's own shell starts with, before every command.
      option('SetEnv', `HOME="${dir}"`),
      option('ForceCommand', `. '${path.join(etc, 'login')}'`),
    ].join(''),
  );
  const logFile = path.join(etc, 'sshd.log');
  let pid: number | undefined;
  const boot = async () => {
    const log = openSync(logFile, 'a');
    const child = spawn(sshd as string, ['-D', '-e', '-f', path.join(etc, 'sshd_config')], {
      stdio: ['ignore', log, log],
    });
    pid = child.pid;
    for (let wait = 0; !(await accepts(port)); wait += 1) {
      if (wait > 100) throw new Error(`sshd does not start: ${await fs.readFile(logFile, 'utf8')}`);
      await sleep(50);
    }
  };
  const everything = () => (pid === undefined ? [] : [pid, ...descendantsOf(pid)]);
  const signal = (name: NodeJS.Signals) => {
    for (const one of everything()) kill(one, name);
  };
  const shutDown = async () => {
    const all = everything();
    for (const one of all) kill(one, 'SIGKILL');
    while (pid !== undefined && startMarkOf(pid) !== undefined) await sleep(10);
    pid = undefined;
  };
  await boot();
  const [type, key] = (await fs.readFile(path.join(etc, 'host_key.pub'), 'utf8')).split(' ');
  const read = (name: string) => fs.readFile(path.join(dir, name), 'utf8').catch(() => '');
  return {
    address: `127.0.0.1:${port}`,
    publicKey: `${type} ${key}`,
    dir,
    servicePort,
    calls: async () => (await read('calls')).split('\n').filter((word) => word !== ''),
    serves: () =>
      fetch(`http://127.0.0.1:${servicePort}/`).then(
        (response) => response.text(),
        () => undefined,
      ),
    cutOff: () => signal('SIGSTOP'),
    reconnect: () => signal('SIGCONT'),
    shutDown,
    boot,
    async end() {
      signal('SIGCONT');
      await shutDown();
      const service = Number(await read('pid'));
      if (service > 1) kill(service, 'SIGKILL');
    },
  };
}

async function makeKey(file: string): Promise<void> {
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'testbed', '-f', file]);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
      .once('connect', () => resolve(true))
      .once('error', () => resolve(false))
      .once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone already, which is what was wanted
  }
}

/** Sessions of a host and what runs in them: processes whose parents lead to its sshd. */
function descendantsOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // ended while we looked
    }
  }
  const found = [root];
  for (const one of found) for (const [pid, parent] of parents) if (parent === one) found.push(pid);
  return found.slice(1);
}
