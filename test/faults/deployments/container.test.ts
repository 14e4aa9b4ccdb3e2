import type { PrivateDocker } from '../../testbed/docker.ts';
import { killedInEveryStep } from './killed-runs.ts';
import { dockerFor } from './pocket-docker.ts';

let docker: PrivateDocker | undefined;

killedInEveryStep('container', {
  async configure(staging, pocket) {
    docker = await dockerFor(pocket);
    await pocket.commit({}, 'in a container');
    staging.target = {
      kind: 'container',
      port: pocket.ports.staging,
      dockerfile: 'Dockerfile',
      drain: '500ms',
      passEnvironment: Object.keys(docker.environment),
    };
    staging.strategy = { kind: 'allAtOnce', bake: '300ms' }; // no candidate that a bad release could fail as
    staging.health = { version: '$.version', interval: '100ms', healthyAfter: 2, timeout: '3s' };
  },
  async served({ ports }) {
    const response = await fetch(`http://127.0.0.1:${ports.staging}/healthz`);
    return [((await response.json()) as { version: string }).version];
  },
  destroy: async () => docker?.stop(),
  steps: ['stage', 'activate', 'retirePrevious', 'verify', 'validate', 'bake'],
});
