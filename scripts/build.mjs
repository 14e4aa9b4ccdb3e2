// Bundles the command line into dist/: one small entry, chunks that load when they are needed, no node_modules walk
// at start. Only libsql stays outside, because it is a native module.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { cli: 'src/cli.ts', 'search-thread': 'src/cli/search-thread.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: ['libsql'],
  minify: true,
  keepNames: true,
  legalComments: 'none',
  mainFields: ['module', 'main'], // some packages have an ES module build that only bundlers look for
  metafile: true,
  chunkNames: 'chunks/[name]-[hash]',
  // CommonJS packages in the bundle ask for `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await chmod('dist/cli.js', 0o755);
await writeFile('dist/THIRD-PARTY-NOTICES.txt', await notices(Object.keys(metafile.inputs)));

/** The licence of every package whose code is in the bundle. */
async function notices(inputs) {
  const folders = new Set(
    inputs.flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  );
  const parts = [];
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
    const texts = await Promise.all(
      ['LICENSE', 'LICENSE.md', 'license', 'LICENCE', 'LICENSE.txt'].map((file) =>
        readFile(path.join(folder, file), 'utf8').catch(() => ''),
      ),
    );
    parts.push(`${name} ${version} (${license})\n\n${texts.find(Boolean) ?? ''}`);
  }
  return parts.join(`\n${'-'.repeat(80)}\n`);
}
