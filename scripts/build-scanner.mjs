// Compiles assembly/ to WebAssembly, and that to the text of a module that every runtime and bundler can load. The
// result is committed, so that a build needs no compiler; a test compiles again and compares.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import asc from 'assemblyscript/asc';

export const target = 'src/tasks/scan/wasm-module.ts';

/** The text of the module. */
export async function compileScanner() {
  const folder = await mkdtemp(path.join(tmpdir(), 'scanner-'));
  try {
    const outFile = path.join(folder, 'list.wasm');
    const { error, stderr } = await asc.main(
      ['assembly/list.ts', '-O3', '--enable', 'simd', '--enable', 'bulk-memory', '--runtime', 'stub'].concat([
        '--noAssert',
        '--use',
        'abort=',
        '--outFile',
        path.relative('.', outFile),
      ]),
    );
    if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
    const base64 = (await readFile(outFile)).toString('base64');
    const lines = base64.match(/.{1,100}/g).map((line) => `  '${line}',`);
    return [
      '/** assembly/list.ts, compiled by `npm run generate`. Do not edit. */',
      `export const wasmModule = [\n${lines.join('\n')}\n].join('');`,
      '',
    ].join('\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
