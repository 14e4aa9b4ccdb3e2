import { killedInEveryStep } from './killed-runs.ts';

killedInEveryStep(
  'process',
  {
    async configure(staging, { ports }) {
      staging.target = { kind: 'process', run: 'exec node service.mjs', port: ports.staging, drain: '200ms' };
      staging.strategy = { kind: 'blueGreen', bake: '300ms' };
      staging.health = { version: '$.version', interval: '100ms', healthyAfter: 2, timeout: '1500ms' };
    },
    async served({ ports }) {
      const response = await fetch(`http://127.0.0.1:${ports.staging}/healthz`);
      return [((await response.json()) as { version: string }).version];
    },
    bad: { illAfterMs: 600 },
    steps: ['stage', 'probeCandidate', 'activate', 'verify', 'validate', 'bake', 'retirePrevious'],
  },
  { always: true },
);
