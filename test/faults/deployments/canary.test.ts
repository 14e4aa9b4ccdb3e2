import { killedInEveryStep } from './killed-runs.ts';

let traffic: NodeJS.Timeout;

/** The process target with shares of the traffic: what is killed while both releases serve. */
killedInEveryStep('process target by shares, which is the canary', {
  async configure(staging, { ports }) {
    staging.target = { kind: 'process', run: 'exec node service.mjs', port: ports.staging, drain: '200ms' };
    staging.strategy = {
      kind: 'canary',
      steps: ['50%'],
      watch: '300ms',
      bake: '300ms',
      analysis: {
        probes: {
          served: { url: '/x', value: '$.served', limit: '<= 100000', interval: '50ms', minSamples: 1 },
        },
        minRequests: 1,
      },
    };
    // Without requests a share proves nothing, and the watch would wait for them.
    traffic = setInterval(
      () =>
        void fetch(`http://127.0.0.1:${ports.staging}/`, { headers: { connection: 'close' } }).catch(
          () => undefined,
        ),
      25,
    );
    staging.health = { version: '$.version', interval: '100ms', healthyAfter: 2, timeout: '1500ms' };
  },
  async served({ ports }) {
    const response = await fetch(`http://127.0.0.1:${ports.staging}/healthz`);
    return [((await response.json()) as { version: string }).version];
  },
  async destroy() {
    clearInterval(traffic);
  },
  bad: { illAfterMs: 600 },
  steps: [
    'stage',
    'probeCandidate',
    'shift 50%',
    'watchShare 50%',
    'activate',
    'verify',
    'validate',
    'bake',
    'retirePrevious',
  ],
});
