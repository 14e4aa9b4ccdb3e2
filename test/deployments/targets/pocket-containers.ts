import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { environment } from '../../../src/config/schema.ts';
import { openContainerTarget } from '../../../src/deployments/targets/container.ts';
import { sha256 } from '../../../src/platform/digest.ts';
import { parseConfiguration } from '../../../src/platform/haproxy/configuration.ts';
import { processIdOf, runningServers } from '../../../src/platform/haproxy/runtime.ts';
import { freePort } from '../../../src/platform/process-host/ports.ts';
import { socketOf } from '../../../src/platform/process-host/protocol.ts';
import { startMarkOf } from '../../../src/platform/processes.ts';
import type { PrivateDocker } from '../../testbed/docker.ts';
import { temporaryFolder } from './releases.ts';

/** A container target in a folder of its own, and everything it started, so that a test can end all of it. */
export interface PocketContainers {
  dir: string;
  stateDir: string;
  /** As it stands in names of containers and images. */
  targetId: string;
  port: number;
  target: ReturnType<typeof openContainerTarget>;
  /** What `target` was opened with. */
  settings: Parameters<typeof openContainerTarget>[0];
  /** The same target with other settings, as after an edit of devops.yaml; or that of another environment. */
  reopen(
    config?: Record<string, unknown>,
    others?: { environment?: string; serverEnvironment?: Record<string, string> },
  ): PocketContainers['target'];
  /** @throws Error when none runs */
  haproxyPid(): Promise<number>;
  /** Also whoever would start it again. */
  killFront(): Promise<void>;
  /** Leaves no room where the target's own files are. */
  fillDisk(): Promise<void>;
  /** What Docker says of a release's container. */
  container(
    releaseId: string,
  ): Promise<{ id: string; pid: number; image: string; status: string; port: string }>;
  /** Shares by release and fencing number: of the file, after it was seen that haproxy does the same. */
  shares(): Promise<Record<string, number>>;
  destroy(): Promise<void>;
}

export async function openPocketContainers(docker: PrivateDocker): Promise<PocketContainers> {
  const dir = await temporaryFolder();
  const stateDir = path.join(dir, 'state');
  const port = await freePort();
  const socketIn = (folder: string) => socketOf(folder).replace(/\.sock$/, '.haproxy');
  const folders = new Set([stateDir]);
  let mounted = false;
  const settings: PocketContainers['settings'] = {
    environment: 'staging',
    project: 'shop',
    projectDir: dir,
    stateDir,
    config: targetConfig({ port }),
    serverEnvironment: { PATH: process.env.PATH, HOME: dir, ...docker.environment },
  };
  const reopen: PocketContainers['reopen'] = (config = {}, others = {}) => {
    const folder = others.environment === undefined ? stateDir : path.join(dir, others.environment);
    folders.add(folder);
    return openContainerTarget({
      ...settings,
      environment: others.environment ?? 'staging',
      stateDir: folder,
      config: targetConfig({ port, ...config }),
      serverEnvironment: { ...settings.serverEnvironment, ...others.serverEnvironment },
    });
  };
  const haproxyPid = async () => {
    const pid = await processIdOf(socketIn(stateDir));
    if (pid === undefined) throw new Error('no haproxy runs');
    return pid;
  };
  const killIn = async (folder: string) => {
    await fs.rm(path.join(folder, 'haproxy.owner'), { force: true });
    const pid = await processIdOf(socketIn(folder));
    if (pid === undefined) return;
    process.kill(pid, 'SIGKILL');
    while (startMarkOf(pid) !== undefined) await sleep(10);
  };
  return {
    dir,
    stateDir,
    targetId: sha256(stateDir).slice(0, 12),
    port,
    settings,
    target: openContainerTarget(settings),
    reopen,
    haproxyPid,
    async killFront() {
      await killIn(stateDir);
      await sleep(700); // the shell that would have started it again sees that it may not
    },
    async fillDisk() {
      const away = path.join(dir, 'state.away');
      await fs.rename(stateDir, away);
      await fs.mkdir(stateDir);
      await execa('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', stateDir]);
      mounted = true;
      await fs.cp(away, stateDir, { recursive: true });
      const ballast = await fs.open(path.join(stateDir, 'ballast'), 'w');
      const page = Buffer.alloc(4_096);
      while (
        await ballast.write(page).then(
          () => true,
          () => false,
        )
      );
      await ballast.close();
    },
    async container(releaseId) {
      const label = `label=io.github.devops-engineer-mcp.release=${releaseId}`;
      const id = await docker.docker('ps', '--all', '--quiet', '--no-trunc', '--filter', label);
      const [found] = JSON.parse(await docker.docker('inspect', id));
      const [binding] = Object.values(
        found.HostConfig.PortBindings as Record<string, { HostPort: string }[]>,
      ).flat();
      return {
        id,
        pid: found.State.Pid,
        image: found.Image,
        status: found.State.Status,
        port: String(binding?.HostPort),
      };
    },
    async shares() {
      const text = await fs.readFile(path.join(stateDir, 'haproxy.cfg'), 'utf8');
      const shares = (servers: { name: string; weight: number }[] = []) =>
        Object.fromEntries(servers.map(({ name, weight }) => [name, weight]));
      const decided = shares(parseConfiguration(text)?.servers);
      const running = shares(await runningServers(socketIn(stateDir)));
      if (JSON.stringify(Object.entries(decided).sort()) !== JSON.stringify(Object.entries(running).sort())) {
        throw new Error(`decided ${JSON.stringify(decided)}, runs ${JSON.stringify(running)}`);
      }
      return decided;
    },
    async destroy() {
      for (const folder of folders) await killIn(folder);
      if (mounted) await execa('umount', ['--lazy', stateDir]);
      const left = await docker.docker('ps', '--all', '--quiet');
      if (left !== '') await docker.docker('rm', '--force', ...left.split('\n'));
      for (const folder of folders) await fs.rm(socketIn(folder), { force: true });
      await fs.rm(dir, { recursive: true, force: true });
    },
  };

  function targetConfig(config: Record<string, unknown>) {
    const { target } = environment.parse({
      target: {
        kind: 'container',
        dockerfile: 'Dockerfile',
        drain: '2s',
        passEnvironment: Object.keys(docker.environment),
        ...config,
      },
    });
    if (target.kind !== 'container') throw new Error('not a container target');
    return target;
  }
}
