import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { killedInEveryStep } from './killed-runs.ts';

let server: Server;

killedInEveryStep('command', {
  async configure(staging, { dir }) {
    const version = () => readFileSync(path.join(dir, 'live'), 'utf8').trim();
    server = createServer((_, response) => {
      try {
        response.end(JSON.stringify({ version: version() }));
      } catch {
        response.writeHead(503).end('{}');
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    staging.target = {
      kind: 'command',
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      deploy:
        'sleep 0.1; if tar -xOf "$DEVOPS_ARTIFACT" behaviour.json | grep -q lies; then echo other > live; else echo "$DEVOPS_VERSION" > live; fi',
      rollback: 'sleep 0.1; echo "$DEVOPS_VERSION" > live',
    };
    staging.strategy = { kind: 'allAtOnce', bake: '300ms' };
    staging.health = { version: '$.version', interval: '100ms', healthyAfter: 2, timeout: '1s' };
  },
  served: async ({ dir }) => [readFileSync(path.join(dir, 'live'), 'utf8').trim()],
  destroy: async () => {
    server.close();
  },
  steps: ['activate', 'verify', 'validate', 'bake'],
});
