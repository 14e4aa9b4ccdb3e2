import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { askVersion } from './served-versions.ts';

/**
 * Hosts with a systemd of their own as their first process, reached by a real sshd over a network link that can be cut:
 * machines of systemd-nspawn, whose root is an overlay over this machine's, each in a network namespace.
 */

/** Why they cannot run here; undefined where they can. */
export const whyNoSystemdHosts: string | undefined =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'it boots machines, so it needs root on Linux'
    : (['/usr/bin/systemd-nspawn', '/usr/sbin/sshd', '/usr/sbin/ip', '/sbin/ip'].filter(existsSync).length <
        3 &&
        'it needs systemd-container, openssh-server and iproute2') ||
      undefined;

export interface SystemdHost {
  /** As `devops.yaml` names it. */
  address: string;
  /** Where its service answers. */
  url: string;
  /** Runs a command there, as root. @returns what it printed */
  run(command: string): Promise<string>;
  /** Takes its link down: every packet is lost. */
  cutOff(): Promise<void>;
  reconnect(): Promise<void>;
}

export interface SystemdTestbed {
  hosts: SystemdHost[];
  /** Settings of a target on all hosts. */
  config: Record<string, unknown>;
  destroy(): Promise<void>;
}

const bootMs = 60_000;
const port = 8080;

/** @throws Error when a host does not boot */
export async function startSystemdHosts(count: number): Promise<SystemdTestbed> {
  // In memory: an overlay cannot lie on another overlay, as the root of a container is one.
  const dir = await fs.mkdtemp('/dev/shm/systemd-hosts-');
  // A packet for a host that is gone must not find its way out by another route.
  await ip('route', 'replace', 'unreachable', '10.215.0.0/16', 'metric', '9000');
  const key = path.join(dir, 'key');
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const started: (SystemdHost & { hostKey: string; end(): Promise<void> })[] = [];
  const destroy = async () => {
    for (const host of started) await host.end();
    await fs.rm(dir, { recursive: true, force: true });
  };
  try {
    for (let number = 1; number <= count; number += 1)
      started.push(await boot({ dir, number: (process.pid % 100) * 2 + number, key }));
  } catch (error) {
    await destroy();
    throw error;
  }
  const knownHosts = path.join(dir, 'known_hosts');
  await fs.writeFile(
    knownHosts,
    started.map(({ address, hostKey }) => `${address.split('@')[1]} ${hostKey}\n`).join(''),
  );
  return {
    hosts: started,
    config: {
      kind: 'ssh',
      url: started[0]?.url,
      hosts: started.map(({ address }) => address),
      path: '/srv/shop',
      restart: 'systemctl restart shop',
      stop: 'systemctl stop shop',
      status: 'systemctl is-active --quiet shop',
      version: askVersion(port),
      log: 'journalctl --unit shop --lines "$DEVOPS_LINES" --no-pager --output cat',
      timeout: '30s',
      readyWithin: '10s',
      connectTimeout: '3s',
      knownHosts,
      identity: key,
    },
    destroy,
  };
}

async function boot({ dir, number, key }: { dir: string; number: number; key: string }) {
  const name = `dsh${number}`;
  const folder = path.join(dir, name);
  const [upper, work, root] = [
    path.join(folder, 'upper'),
    path.join(folder, 'work'),
    path.join(folder, 'root'),
  ];
  for (const one of [upper, work, root]) await fs.mkdir(one, { recursive: true });
  await execa('mount', [
    '-t',
    'overlay',
    'overlay',
    '-o',
    `lowerdir=/,upperdir=${upper},workdir=${work}`,
    root,
  ]);
  await furnish(root, key);
  const [here, there] = [`10.215.${number}.1`, `10.215.${number}.2`];
  await ip('netns', 'add', name);
  await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'host0', 'netns', name);
  await ip('address', 'add', `${here}/24`, 'dev', name);
  await ip('link', 'set', name, 'up');
  await ip('-n', name, 'address', 'add', `${there}/24`, 'dev', 'host0');
  for (const link of ['host0', 'lo']) await ip('-n', name, 'link', 'set', link, 'up');
  const console = await fs.open(path.join(folder, 'console'), 'a');
  const machine: ChildProcess = spawn(
    'systemd-nspawn',
    [
      ...['--quiet', '--boot', '--register=no', '--keep-unit', '--console=pipe', `--machine=${name}`],
      ...[`--network-namespace-path=/run/netns/${name}`, `--directory=${root}`],
      ...(existsSync(path.join(root, process.execPath)) ? [] : [`--bind-ro=${process.execPath}`]),
      ...['--', '--unit=shop-host.target'],
    ],
    { stdio: ['ignore', console.fd, console.fd] },
  );
  await console.close();
  const ended = once(machine, 'exit');
  const ssh = ['-F', 'none', '-i', key, '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no'];
  const known = ['-o', `UserKnownHostsFile=${path.join(folder, 'known')}`];
  const address = `root@${there}`;
  const [type, hostKey] = (await fs.readFile(path.join(root, 'etc/shop-host/key.pub'), 'utf8')).split(' ');
  const host = {
    address,
    url: `http://${there}:${port}`,
    hostKey: `${type} ${hostKey}`,
    run: async (command: string) => (await execa('ssh', [...ssh, ...known, address, command])).stdout,
    cutOff: () => ip('link', 'set', name, 'down'),
    reconnect: async () => {
      await ip('link', 'set', name, 'up');
      await ip('address', 'replace', `${here}/24`, 'dev', name);
    },
    async end() {
      // Its first process, not the one that waits for it: with that one alone gone, the machine would go on.
      const { stdout } = await execa('pgrep', ['-P', `${machine.pid}`], { reject: false });
      for (const pid of stdout.split('\n')) if (Number(pid) > 1) process.kill(Number(pid), 'SIGKILL');
      await ended;
      await ip('netns', 'delete', name).catch(() => undefined);
      await ip('link', 'delete', name).catch(() => undefined); // gone with its other end, usually
      await execa('umount', ['--lazy', root], { reject: false });
    },
  };
  for (const until = Date.now() + bootMs; !(await accepts(there, 22)); await sleep(50)) {
    if (Date.now() < until && machine.exitCode === null) continue;
    const said = await fs.readFile(path.join(folder, 'console'), 'utf8');
    await host.end();
    throw new Error(`host ${name} does not boot: ${said.slice(-2_000)}`);
  }
  return host;
}

/** What makes a copy of this machine a host: nothing starts but a sshd, a journal, and the service once it is told to. */
async function furnish(root: string, key: string): Promise<void> {
  const etc = path.join(root, 'etc/shop-host');
  const units = path.join(root, 'etc/systemd/system');
  await fs.mkdir(etc, { recursive: true });
  await fs.mkdir(units, { recursive: true });
  for (const masked of ['timers.target', 'sockets.target', 'paths.target']) {
    await fs.rm(path.join(units, masked), { force: true });
    await fs.symlink('/dev/null', path.join(units, masked));
  }
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(etc, 'key')]);
  await fs.copyFile(`${key}.pub`, path.join(etc, 'authorized_keys'));
  await fs.mkdir(path.join(root, 'srv/shop'), { recursive: true });
  const unit = (file: string, lines: string[]) =>
    fs.writeFile(path.join(units, file), `${lines.join('\n')}\n`);
  await unit('shop-host.target', [
    '[Unit]',
    'Requires=basic.target shop-host-sshd.service',
    'After=basic.target',
    'AllowIsolate=yes',
  ]);
  await unit('shop-host-sshd.service', [
    '[Service]',
    'RuntimeDirectory=sshd',
    'ExecStart=/usr/sbin/sshd -D -e -f none -h /etc/shop-host/key -o StrictModes=no -o UsePAM=no ' +
      '-o AuthorizedKeysFile=/etc/shop-host/authorized_keys -o PermitRootLogin=prohibit-password ' +
      '-o SetEnv=HOME=/srv', // else bash would read what the developer's own shell starts with, before every command
  ]);
  await unit('shop.service', [
    '[Unit]',
    'StartLimitIntervalSec=0', // else a release that dies at its start uses up the starts of the way back
    '[Service]',
    'User=nobody',
    'WorkingDirectory=/srv/shop/current',
    'EnvironmentFile=/srv/shop/current/.devops-release',
    `Environment=HOST=0.0.0.0 PORT=${port}`,
    `ExecStart=${process.execPath} service.mjs`,
    'Restart=always',
    'RestartSec=200ms',
  ]);
}

async function ip(...parameters: string[]): Promise<void> {
  await execa('ip', parameters);
}

function accepts(host: string, at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: at, timeout: 1_000 })
      .once('connect', () => resolve(true))
      .once('timeout', () => resolve(false))
      .once('error', () => resolve(false));
    for (const end of ['connect', 'timeout'] as const) socket.once(end, () => socket.destroy());
  });
}
