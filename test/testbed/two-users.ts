import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { execa } from 'execa';
import { freePort } from '../../src/platform/process-host/ports.ts';
import { packageDir } from '../../src/platform/self.ts';

/**
 * A project in separate-user mode, as `scripts/separate-users.sh` sets it up: users of its own, an sshd on a port of its
 * own, the package as root would install it. Needs root. Whatever it makes has its name, and is removed by that.
 */

const sshd = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find(existsSync);

/** Why it cannot run here; undefined where it can. */
export const whyNotHere: string | undefined =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'it makes users, so it needs root on Linux'
    : sshd === undefined
      ? 'there is no sshd: install openssh-server'
      : undefined;

export interface TwoUsers {
  name: string;
  /** Root's view of what the script made. */
  places: { project: string; tasks: string; etc: string; program: string; home: string; live: string };
  users: { agent: string; server: string };
  keys: { agent: string; sam: string };
  /** What the script said. */
  said: string;
  /** Runs a line of shell as the agent's user. */
  asAgent(line: string, input?: string): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** Options of ssh as the agent uses it, up to the address. */
  sshLine(key: string, more?: string): string;
  /** A person at a machine of their own. */
  asSam(command: string, input?: string): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  connect(): Promise<Client>;
  setUp(): Promise<string>;
  destroy(): Promise<void>;
}

export async function createTwoUsers(
  fill: (project: string, places: TwoUsers['places']) => Promise<void>,
): Promise<TwoUsers> {
  const name = `dv${process.pid}`;
  const users = { agent: `${name}-agent`, server: `${name}-deployer` };
  const base = `/srv/${name}`;
  const places = {
    project: path.join(base, 'shop'),
    live: path.join(base, 'live'),
    tasks: `/srv/${name}-tasks`,
    etc: `/etc/devops-engineer/${name}`,
    program: `/opt/${name}/dist/cli.js`,
    home: `/var/lib/${users.server}`,
  };
  const keys = { agent: path.join(base, 'keys', 'agent'), sam: path.join(base, 'keys', 'sam') };
  const port = await freePort();
  await execa('useradd', ['--create-home', '--shell', '/bin/sh', users.agent]);
  await installPackage(`/opt/${name}`);
  await fs.mkdir(path.join(base, 'keys'), { recursive: true });
  await fs.chmod(base, 0o755);
  for (const key of [keys.agent, keys.sam, path.join(base, 'keys', 'host')]) {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  }
  await execa('chown', [users.agent, keys.agent]);
  const knownHosts = path.join(base, 'known-hosts');
  const hostKey = (await fs.readFile(path.join(base, 'keys', 'host.pub'), 'utf8')).split(' ');
  await fs.writeFile(knownHosts, `[127.0.0.1]:${port} ${hostKey[0]} ${hostKey[1]}\n`);
  await fs.mkdir(places.project);
  await fill(places.project, places);
  await fs.writeFile(path.join(base, 'secrets'), 'DEPLOY_TOKEN=tok-4Fz81kQ2nW7r\n', { mode: 0o600 });
  const pid = await startSshd(path.join(base, 'sshd'), { port, hostKey: path.join(base, 'keys', 'host') });

  const setUp = async () =>
    (
      await execa(path.join(packageDir, 'scripts', 'separate-users.sh'), [
        ...['--name', name, '--project', places.project, '--program', places.program],
        ...['--agent', users.agent, '--agent-key', `${keys.agent}.pub`, '--person', `sam=${keys.sam}.pub`],
        ...['--env-file', path.join(base, 'secrets'), '--ssh-port', String(port)],
        ...['--host-key', path.join(base, 'keys', 'host.pub')],
      ])
    ).stdout;
  const said = await setUp();
  await fs.mkdir(places.live, { recursive: true });
  await execa('chown', [`${users.server}:`, places.live]);
  const sshArgs = (key: string) => [
    ...['-T', '-F', 'none', '-i', key, '-p', String(port)],
    ...['-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes'],
  ];
  const address = `${users.server}@127.0.0.1`;

  return {
    name,
    places,
    users,
    keys,
    said,
    setUp,
    async asAgent(line, input = '') {
      const args = ['-u', users.agent, '--', 'sh', '-c', line];
      const { exitCode, stdout, stderr } = await execa('runuser', args, {
        reject: false,
        input,
        cwd: '/',
        env: { HOME: `/home/${users.agent}`, PATH: process.env.PATH ?? '' },
        extendEnv: false,
        timeout: 60_000,
      });
      return { exitCode: exitCode ?? -1, stdout, stderr };
    },
    sshLine: (key, more = '') => `ssh ${sshArgs(key).join(' ')} ${more} ${address}`,
    async asSam(command, input = '') {
      const { exitCode, stdout, stderr } = await execa('ssh', [...sshArgs(keys.sam), address, command], {
        reject: false,
        input,
        stripFinalNewline: false,
      });
      return { exitCode: exitCode ?? -1, stdout, stderr };
    },
    async connect() {
      const client = new Client({ name: 'test-agent', version: '1.0.0' });
      await client.connect(
        new StdioClientTransport({
          command: 'runuser',
          args: ['-u', users.agent, '--', 'ssh', ...sshArgs(keys.agent), address],
          cwd: '/',
          stderr: 'inherit',
        }),
      );
      return client;
    },
    async destroy() {
      if (pid !== undefined) process.kill(pid);
      for (const user of [users.agent, users.server, `${name}-checks`]) {
        // Users of our own: whatever runs as them was started here.
        await execa('pkill', ['-KILL', '-u', user], { reject: false });
        await execa('userdel', ['--force', '--remove', user], { reject: false });
      }
      await execa('groupdel', [`${name}-tasks`], { reject: false });
      for (const folder of [base, places.tasks, places.etc, `/opt/${name}`, places.home])
        await fs.rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      await fs.rm(`/var/lib/${name}-checks`, { recursive: true, force: true });
      await fs.rmdir('/etc/devops-engineer').catch(() => undefined);
    },
  };
}

/** What `npm install --global` would put there. */
async function installPackage(folder: string): Promise<void> {
  await fs.mkdir(path.join(folder, 'node_modules'), { recursive: true });
  for (const part of ['dist', 'prompts', 'schema', 'package.json'])
    await fs.cp(path.join(packageDir, part), path.join(folder, part), { recursive: true });
  const modules = await fs.realpath(path.join(packageDir, 'node_modules'));
  for (const part of ['libsql', '@libsql', '@neon-rs', 'detect-libc']) {
    await fs
      .cp(path.join(modules, part), path.join(folder, 'node_modules', part), { recursive: true })
      .catch(() => undefined);
  }
  await execa('chmod', ['-R', 'go=rX', folder]);
  await execa('chown', ['-R', 'root:root', folder]);
}

async function startSshd(
  folder: string,
  { port, hostKey }: { port: number; hostKey: string },
): Promise<number | undefined> {
  await fs.mkdir(folder);
  await fs.mkdir('/run/sshd', { recursive: true });
  const config = path.join(folder, 'sshd_config');
  const lines = [
    ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${hostKey}`, 'PidFile none'],
    ...[
      'AuthorizedKeysFile .ssh/authorized_keys',
      'StrictModes yes',
      'UsePAM no',
      'PasswordAuthentication no',
    ],
    ...['Subsystem sftp internal-sftp', 'AcceptEnv *', 'KbdInteractiveAuthentication no', ''],
  ];
  await fs.writeFile(config, lines.join('\n'));
  const logFile = path.join(folder, 'log');
  const log = openSync(logFile, 'a');
  const child = spawn(sshd as string, ['-D', '-e', '-f', config], { stdio: ['ignore', log, log] });
  for (let wait = 0; !(await accepts(port)); wait += 1) {
    if (wait > 200) throw new Error(`sshd does not start: ${await fs.readFile(logFile, 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return child.pid;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => resolve(true))
      .once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
