import { askVersion, servedVersions } from '../../testbed/served-versions.ts';
import { type SshTestbed, startSshHosts } from '../../testbed/ssh-hosts.ts';
import { killedInEveryStep } from './killed-runs.ts';

let testbed: SshTestbed | undefined;

killedInEveryStep('ssh', {
  async configure(staging) {
    testbed = await startSshHosts(2);
    staging.target = {
      ...testbed.config,
      readyWithin: '5s',
      version: askVersion('$PORT'),
    };
    staging.strategy = { kind: 'rolling', maxUnavailable: 1, watch: '300ms', bake: '300ms' };
    staging.health = { version: '$.version', interval: '100ms', healthyAfter: 2, timeout: '2s' };
  },
  served: async () =>
    servedVersions((testbed?.hosts ?? []).map(({ servicePort }) => `http://127.0.0.1:${servicePort}`)),
  destroy: async () => testbed?.destroy(),
  bad: { illAfterMs: 0 },
  steps: ['stage', 'advance 1/2', 'watchBatch 1/2', 'activate', 'verify', 'validate', 'bake'],
});
