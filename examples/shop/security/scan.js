import { readdir, readFile } from 'node:fs/promises';
import { sarifOf } from './sarif.js';

/** Scans the sources of the shop and writes SARIF. Ends with 1 when something at level error was found. */

const root = new URL('../', import.meta.url);
const folders = ['src', 'load', 'security'];

async function sourcesIn(folder) {
  const entries = await readdir(new URL(folder, root), { recursive: true });
  const paths = entries
    .filter((name) => name.endsWith('.js'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`);
  return Promise.all(
    paths.sort().map(async (path) => ({ path, text: await readFile(new URL(path, root), 'utf8') })),
  );
}

const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
const report = sarifOf((await Promise.all(folders.map(sourcesIn))).flat(), version);
process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
const [{ results, invocations }] = report.runs;
if (!invocations[0].executionSuccessful || results.some(({ level }) => level === 'error'))
  process.exitCode = 1;
