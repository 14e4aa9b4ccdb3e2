import * as fs from 'node:fs/promises';
import path from 'node:path';
import { type PrivateDocker, startDocker } from '../../testbed/docker.ts';
import { killedInEveryStep } from './killed-runs.ts';

let docker: PrivateDocker | undefined;

killedInEveryStep('container', {
  async configure(staging, pocket) {
    docker = await startDocker();
    Object.assign(pocket.environment, docker.environment);
    await pocket.edit('service.mjs', (text) => text.replace("'127.0.0.1'", "'0.0.0.0'"));
    await fs.writeFile(
      path.join(pocket.dir, 'Dockerfile'),
      'FROM testbed/node\nCOPY . /service/\nCMD ["/usr/bin/node", "service.mjs"]\n',
    );
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
