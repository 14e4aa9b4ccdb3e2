import { type SshTestbed, startSshHosts } from '../../testbed/ssh-hosts.ts';
import { killedInEveryStep } from './killed-runs.ts';

let testbed: SshTestbed | undefined;

killedInEveryStep('ssh', {
  async configure(staging) {
    testbed = await startSshHosts(2);
    staging.target = {
      ...testbed.config,
      readyWithin: '5s',
      version: 'curl -fs "http://127.0.0.1:$PORT/healthz" | tr -d "\\"{}" | cut -d : -f 2',
    };
    staging.strategy = { kind: 'rolling', maxUnavailable: 1, watch: '300ms', bake: '300ms' };
    staging.health = { version: '$.version', interval: '100ms', healthyAfter: 2, timeout: '2s' };
  },
  served: async () =>
    Promise.all(
      (testbed?.hosts ?? []).map(async ({ servicePort }) => {
        const response = await fetch(`http://127.0.0.1:${servicePort}/healthz`).catch(() => undefined);
        return ((await response?.json()) as { version?: string } | undefined)?.version;
      }),
    ),
  destroy: async () => testbed?.destroy(),
  bad: { illAfterMs: 0 },
  steps: ['stage', 'advance 1/2', 'watchBatch 1/2', 'activate', 'verify', 'validate', 'bake'],
});
