import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

/**
 * Makes one plain JavaScript file of each script, as every contender is started by Node alone: neither TypeScript
 * nor a walk through node_modules is part of anybody's figures.
 */
export interface Bundles {
  /** The bundle of `bench/<name>.ts`. */
  of(name: string): string;
  remove(): Promise<void>;
}

const bench = path.join(import.meta.dirname, '..');

export async function bundle(names: string[]): Promise<Bundles> {
  // Outside of the checkout: a run that is killed leaves its bundles behind.
  const folder = await mkdtemp(path.join(tmpdir(), 'devops-bench-'));
  await build({
    entryPoints: names.map((name) => path.join(bench, `${name}.ts`)),
    outbase: bench,
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minify: true,
  });
  return {
    of: (name) => path.join(folder, `${name}.cjs`),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
