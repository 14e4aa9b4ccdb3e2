import * as fs from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

/** The process host of these sources as one file that starts fast. */
export async function bundleHost(intoDir: string): Promise<readonly [file: string, ...args: string[]]> {
  const outfile = path.join(intoDir, 'run-host.mjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'run-host.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  await fs.access(outfile);
  return [process.execPath, outfile];
}
