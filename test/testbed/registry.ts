import { spawn } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/platform/process-host/ports.ts';

/** A registry on loopback, which Docker trusts without a certificate. Needs `docker-registry`. */
export interface PrivateRegistry {
  /** `127.0.0.1:PORT` */
  name: string;
  stop(): Promise<void>;
}

/** Where the registry of a folder listened before: what a Docker pushed there once it need not push again. */
const ports = new Map<string, number>();

/** Starts the registry of a folder, or starts it again. */
export async function startRegistry(dir: string): Promise<PrivateRegistry> {
  const listens = ports.get(dir) ?? (await freePort());
  ports.set(dir, listens);
  const configuration = path.join(dir, 'registry.yml');
  await fs.writeFile(
    configuration,
    `version: 0.1
storage: { filesystem: { rootdirectory: ${path.join(dir, 'registry')} } }
http: { addr: "127.0.0.1:${listens}" }
log: { level: error }
`,
  );
  const registry = spawn('docker-registry', ['serve', configuration], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => registry.once('close', () => resolve()));
  registry.once('error', () => undefined);
  const name = `127.0.0.1:${listens}`;
  for (
    let wait = 0;
    !(await fetch(`http://${name}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    ));
    wait += 1
  ) {
    if (wait > 200 || registry.exitCode !== null) throw new Error('docker-registry does not start');
    await sleep(50);
  }
  return {
    name,
    async stop() {
      registry.kill('SIGKILL');
      await ended;
    },
  };
}
