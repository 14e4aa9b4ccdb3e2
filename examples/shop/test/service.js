import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The running shop that tests and load talk to. */

const serverFile = fileURLToPath(new URL('../src/server.js', import.meta.url));

/** What runs at $TARGET_URL, or else a shop of its own, with a data folder of its own. */
export async function serviceUnderTest() {
  const url = process.env.TARGET_URL?.replace(/\/$/, '');
  return url ? { url, stop: async () => {} } : startService();
}

/**
 * Starts the shop on a free port.
 * @param {{dataFolder?: string, environment?: Record<string, string>}} [options] a data folder that is given stays
 * @returns its url, its process, and `stop`, which resolves to the exit code
 */
export async function startService({ dataFolder, environment = {} } = {}) {
  const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), 'shop-')));
  const child = spawn(process.execPath, [serverFile], {
    env: { ...process.env, ...environment, PORT: '0', SHOP_DATA: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const url = await listeningAt(child);
  return {
    url,
    child,
    async stop() {
      child.kill('SIGTERM');
      const [exitCode] = await exited;
      if (dataFolder === undefined) await rm(folder, { recursive: true, force: true });
      return exitCode;
    },
  };
}

async function listeningAt(child) {
  let url;
  for await (const line of createInterface({ input: child.stdout })) {
    url = /http:\/\/[\d.]+:\d+/.exec(line)?.[0];
    if (url) break;
  }
  if (!url) throw new Error('the shop ended before it was listening');
  // Nobody reads on, and a full pipe would hold the shop up.
  child.stdout.resume();
  return url;
}
