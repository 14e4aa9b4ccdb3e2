import * as fs from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { environment } from '../../../src/config/schema.ts';
import { openComposeTarget } from '../../../src/deployments/targets/compose.ts';
import type { Release } from '../../../src/deployments/targets/types.ts';
import { sha256 } from '../../../src/platform/digest.ts';
import { freePort } from '../../../src/platform/process-host/ports.ts';
import type { PrivateDocker } from '../../testbed/docker.ts';
import { createRelease, temporaryFolder } from './releases.ts';

/**
 * A compose target in a repository of its own. `COMPOSE_PLUGIN=FILE` makes it use that plugin of Docker instead of the
 * docker-compose of this machine.
 */
export interface PocketCompose {
  dir: string;
  port: number;
  target: ReturnType<typeof openComposeTarget>;
  /** The same with other settings, as after an edit of devops.yaml, or in another folder of the machine. */
  reopen(
    config?: Record<string, unknown>,
    others?: { stateDir?: string; serverEnvironment?: Record<string, string> },
  ): PocketCompose['target'];
  /** Commits a compose file, and what else is given, as a release of that version. */
  release(version: string, composeFile?: string, others?: Record<string, string>): Promise<Release>;
  composeFile(options?: {
    instances?: 'published' | 'inside';
    web?: Record<string, unknown>;
    services?: object;
  }): string;
  /** What each container of a service answers, asked on the address of its own. */
  served(service?: string): Promise<string[]>;
  /** Ids of the containers of a service. */
  containers(service?: string): Promise<string[]>;
  destroy(): Promise<void>;
}

export const composeProject = 'shop-staging';

export async function openPocketCompose(docker: PrivateDocker): Promise<PocketCompose> {
  const dir = await temporaryFolder();
  const port = await freePort();
  const git = (...parameters: string[]) =>
    execa('git', ['-C', dir, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...parameters]);
  await git('init', '--quiet');
  const plugin = process.env.COMPOSE_PLUGIN;
  if (plugin !== undefined && docker.environment?.DOCKER_CONFIG !== undefined) {
    const plugins = path.join(docker.environment.DOCKER_CONFIG, 'cli-plugins');
    await fs.mkdir(plugins, { recursive: true });
    await fs.copyFile(plugin, path.join(plugins, 'docker-compose'));
  }
  const reopen: PocketCompose['reopen'] = (config = {}, others = {}) => {
    const { target } = environment.parse({
      target: {
        kind: 'compose',
        url: `http://127.0.0.1:${port}`,
        service: 'web',
        dockerfile: 'Dockerfile',
        passEnvironment: Object.keys(docker.environment),
        ...config,
      },
    });
    if (target.kind !== 'compose') throw new Error('not a compose target');
    return openComposeTarget({
      environment: 'staging',
      project: 'Shop',
      projectDir: dir,
      stateDir: others.stateDir ?? path.join(dir, '.devops', 'targets', 'staging'),
      config: target,
      serverEnvironment: {
        PATH: process.env.PATH,
        HOME: dir,
        ...docker.environment,
        ...others.serverEnvironment,
      },
    });
  };
  const containers: PocketCompose['containers'] = async (service = 'web') => {
    const filters = [`project=${composeProject}`, `service=${service}`].flatMap((one) => [
      '--filter',
      `label=com.docker.compose.${one}`,
    ]);
    const ids = await docker.docker('ps', '--all', '--quiet', '--no-trunc', ...filters);
    return ids === '' ? [] : ids.split('\n');
  };
  const composeFile: PocketCompose['composeFile'] = ({
    instances = 'published',
    web = {},
    services = {},
  } = {}) =>
    JSON.stringify({
      version: '3.8',
      services: {
        web: {
          image: 'replaced',
          network_mode: 'bridge',
          environment: ['PORT=8080'],
          ...(instances === 'published' && { ports: [`127.0.0.1:${port}:8080`] }),
          ...web,
        },
        ...services,
      },
    });
  const pocket: PocketCompose = {
    dir,
    port,
    target: reopen(),
    reopen,
    containers,
    composeFile,
    async release(version, text = composeFile(), others = {}) {
      for (const [name, content] of Object.entries({ 'compose.yaml': text, ...others })) {
        await fs.mkdir(path.dirname(path.join(dir, name)), { recursive: true });
        await fs.writeFile(path.join(dir, name), content);
        await git('add', '--', name);
      }
      await git('commit', '--quiet', '--allow-empty', '--message', version);
      const commit = (await git('rev-parse', 'HEAD')).stdout;
      return { ...(await createRelease(path.join(dir, '.devops'), version)), commit };
    },
    async served(service = 'web') {
      const ids = await containers(service);
      if (ids.length === 0) return [];
      const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
      const addresses = (await docker.docker('inspect', '--format', format, ...ids)).split('\n');
      return Promise.all(
        addresses.map(
          async (address) =>
            (await fetch(`http://${address}:8080/`).catch(() => undefined))?.text().catch(() => '') ?? '',
        ),
      );
    },
    async destroy() {
      const left = await docker.docker('ps', '--all', '--quiet');
      if (left !== '') await docker.docker('rm', '--force', '--volumes', ...left.split('\n'));
      const networks = await docker.docker('network', 'ls', '--quiet', '--filter', 'type=custom');
      if (networks !== '') await docker.docker('network', 'rm', ...networks.split('\n'));
      await fs.rm(dir, { recursive: true, force: true });
    },
  };
  await pocket.release('zero'); // a repository has a commit, and a working tree its file
  return pocket;
}

/** As it stands in names of images. */
export const targetIdOf = (dir: string) =>
  sha256(path.join(dir, '.devops', 'targets', 'staging')).slice(0, 12);
