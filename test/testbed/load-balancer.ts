import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/platform/process-host/ports.ts';
import type { SshTestbed } from './ssh-hosts.ts';

/** A real haproxy before the services of SSH hosts, and the commands by which a host leaves it and comes back. */
export interface LoadBalancer {
  url: string;
  /** Settings of a target on those hosts. */
  config: { url: string; drain: string; undrain: string };
  stop(): Promise<void>;
}

export async function startLoadBalancer({ dir, hosts }: SshTestbed): Promise<LoadBalancer> {
  const [port, control] = [await freePort(), await freePort()];
  const place = path.join(dir, 'haproxy.cfg');
  const servers = hosts.map(
    ({ servicePort }) => `  server ${servicePort} 127.0.0.1:${servicePort} check inter 100ms fall 2 rise 1`,
  );
  await fs.writeFile(
    place,
    [
      'global',
      `  stats socket ipv4@127.0.0.1:${control} level admin`,
      'defaults',
      '  mode http',
      '  timeout connect 2s',
      '  timeout client 30s',
      '  timeout server 30s',
      'listen shop',
      `  bind 127.0.0.1:${port}`,
      '  option httpchk GET /healthz',
      ...servers,
      '',
    ].join('\n'),
  );
  const program = (await exists('/usr/sbin/haproxy')) ? '/usr/sbin/haproxy' : 'haproxy';
  const haproxy: ChildProcess = spawn(program, ['-db', '-f', place], { stdio: 'ignore' });
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
  for (let wait = 0; !(await answers()); wait += 1) {
    if (wait > 100) throw new Error('haproxy does not start');
    await sleep(50);
  }
  const url = `http://127.0.0.1:${port}`;
  const tell = (word: string) =>
    `"$NODE" "${path.join(import.meta.dirname, 'balanced.mjs')}" ${control} "$PORT" ${word}`;
  return {
    url,
    config: { url, drain: tell('drain'), undrain: tell('ready') },
    async stop() {
      const ended = once(haproxy, 'exit');
      haproxy.kill('SIGKILL');
      await ended;
    },
  };
}

const exists = (file: string) =>
  fs.access(file).then(
    () => true,
    () => false,
  );
