import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { PrivateDocker } from '../../testbed/docker.ts';
import { killedInEveryStep } from './killed-runs.ts';
import { dockerFor } from './pocket-docker.ts';

let docker: PrivateDocker | undefined;

killedInEveryStep('compose', {
  async configure(staging, pocket) {
    docker = await dockerFor(pocket);
    const web = {
      image: 'replaced',
      network_mode: 'bridge',
      environment: ['PORT=8080'],
      ports: [`127.0.0.1:${pocket.ports.staging}:8080`],
    };
    await fs.writeFile(path.join(pocket.dir, 'compose.yaml'), JSON.stringify({ services: { web } }));
    await pocket.commit({}, 'in a container');
    staging.target = {
      kind: 'compose',
      url: `http://127.0.0.1:${pocket.ports.staging}`,
      service: 'web',
      dockerfile: 'Dockerfile',
      readyWithin: '20s',
      passEnvironment: Object.keys(docker.environment),
    };
    staging.strategy = { kind: 'allAtOnce', bake: '300ms' };
    staging.health = { version: '$.version', interval: '100ms', healthyAfter: 2, timeout: '5s' };
  },
  async served({ ports }) {
    const response = await fetch(`http://127.0.0.1:${ports.staging}/healthz`);
    return [((await response.json()) as { version: string }).version];
  },
  destroy: async () => docker?.stop(),
  steps: ['stage', 'activate', 'verify', 'validate', 'bake'],
});
