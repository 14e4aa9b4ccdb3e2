import { DevopsError } from '../errors.ts';
import { exists, path, readTextIfExists } from '../platform/files.ts';
import { parseConfig } from './parse.ts';
import type { Config } from './schema.ts';

export const configName = 'devops.yaml';

/**
 * The folder of the project: the one given, or walking up from `start` the nearest with a `devops.yaml`, else the
 * nearest with a `.git`, else `start`.
 */
export async function findProject(start: string, given?: string): Promise<string> {
  if (given !== undefined) return path.resolve(start, given);
  for (const mark of [configName, '.git']) {
    for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
      if (await exists(path.join(folder, mark))) return folder;
      if (folder === path.dirname(folder)) break;
    }
  }
  return path.resolve(start);
}

/** @throws CONFIG_MISSING, CONFIG_INVALID */
export async function loadConfig(
  projectDir: string,
): Promise<{ config: Config; file: string; text: string }> {
  const file = path.join(projectDir, configName);
  const text = await readTextIfExists(file);
  if (text === undefined) {
    throw new DevopsError('CONFIG_MISSING', `there is no ${configName} in ${projectDir}`, {
      remedy: 'A person runs "devops-engineer init" there and completes what it proposes.',
    });
  }
  return { config: parseConfig(text, configName), file, text };
}
