import { initProject } from '../config/init.ts';
import { path } from '../platform/files.ts';
import type { GlobalOptions } from './call.ts';
import { print, printJson } from './output.ts';

/** Proposes a configuration for the project; never overwrites anything. */
export async function init(options: GlobalOptions): Promise<number> {
  const result = await initProject(path.resolve(options.project ?? process.cwd()));
  if (options.json) {
    printJson(result);
    return 0;
  }
  for (const file of result.created) print(`created ${file}`);
  for (const file of result.kept) print(`kept    ${file} (it was there)`);
  print(`\n${result.clientConfiguration}`);
  return 0;
}
