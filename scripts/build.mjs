// Bundles the command line into dist/: one small entry, chunks that load when they are needed, no node_modules walk
// at start. Only libsql stays outside, because it is a native module.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });
const settings = {
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
  // CommonJS packages in the bundle ask for `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
};
/**
 * What of zod the configuration needs is no part of what the board's tools need: resolved under another name, it is
 * another module, in another chunk, which loads with the configuration.
 */
const ownZod = {
  name: 'a zod of its own for the configuration',
  setup(building) {
    const mark = '?whole';
    building.onResolve({ filter: /.*/ }, async ({ path: wanted, pluginData, ...rest }) => {
      if (pluginData === 'resolving' || (wanted !== 'zod' && pluginData !== mark)) return undefined;
      const { resolveDir, importer, kind } = rest;
      const found = await building.resolve(wanted, { resolveDir, importer, kind, pluginData: 'resolving' });
      return { ...found, suffix: mark };
    });
    building.onLoad({ filter: /node_modules.zod/ }, async ({ path: file, suffix }) =>
      suffix === mark ? { contents: await readFile(file, 'utf8'), pluginData: mark } : undefined,
    );
  },
};
/**
 * What is loaded on demand brings `rest` along, which is there by then. So everything in `rest` is needed wherever
 * anything is, and goes into one file: a start that loads thirty small files has the compiler optimise the loader.
 */
const together = (rest, onDemand) => ({
  name: 'one file for what is always needed',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path: file }) => {
      if (!onDemand.has(path.relative('.', file))) return undefined;
      return {
        contents: `${await readFile(file, 'utf8')}\nimport ${JSON.stringify(path.resolve(rest))};`,
        loader: 'ts',
      };
    }),
});
const modulesOnDemand = ({ metafile }) =>
  new Set(
    Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports.filter(({ kind }) => kind === 'dynamic-import').map(({ path: file }) => file),
    ),
  );
/** What is waited for is a bundle of its own: what it shares with others is in both, and a start loads few files. */
const doors = ['stdio', 'board', 'internal'];
async function buildDoor(name, { rest = `src/cli/${name}.ts`, plugins = [], heavy }) {
  const door = {
    ...settings,
    entryPoints: { [name]: `src/cli/${name}.ts` },
    chunkNames: `${name}/[name]-[hash]`,
  };
  const onDemand = modulesOnDemand(await build({ ...door, plugins, write: false }));
  onDemand.delete(rest);
  const built = await build({ ...door, plugins: [...plugins, together(rest, onDemand)] });
  assertSlim(built.metafile, rest, heavy);
  return built;
}

/** What every call loads has to stay small: one careless import of a type's module can double it. */
function assertSlim({ inputs }, entry, heavy) {
  const loaded = new Set([entry]);
  for (const file of loaded)
    for (const { kind, path: next } of inputs[file]?.imports ?? [])
      if (kind === 'import-statement') loaded.add(next);
  const found = [...loaded].find((file) => heavy.test(file));
  if (found) throw new Error(`${entry} loads ${found} at once, which only some calls need`);
}
const results = await Promise.all([
  build({
    ...settings,
    entryPoints: { cli: 'src/cli.ts' },
    chunkNames: 'chunks/[name]-[hash]',
    plugins: [
      {
        name: 'each door is a bundle of its own',
        setup: ({ onResolve }) =>
          onResolve({ filter: new RegExp(`/cli/(${doors.join('|')})[.]ts$`) }, ({ path: door }) => ({
            path: `./${path.basename(door, '.ts')}.js`,
            external: true,
          })),
      },
    ],
  }),
  buildDoor('stdio', { heavy: /\/kysely\// }),
  buildDoor('board', { rest: 'src/cli/board-rest.ts', plugins: [ownZod], heavy: /\/kysely\/|\?whole$/ }),
  build({
    ...settings,
    entryPoints: { internal: 'src/cli/internal.ts' },
    chunkNames: 'internal/[name]-[hash]',
  }),
  build({ ...settings, entryPoints: { 'search-thread': 'src/cli/search-thread.ts' }, splitting: false }),
]);
const inputs = new Set(results.flatMap(({ metafile }) => Object.keys(metafile.inputs)));
await chmod('dist/cli.js', 0o755);
await writeFile('dist/THIRD-PARTY-NOTICES.txt', await notices([...inputs]));

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
