import { DevopsError } from '../errors.ts';
import { exists, path, readTextIfExists } from '../platform/files.ts';
import { parseConfig } from './parse.ts';
import type { Config } from './schema.ts';

export const configName = 'devops.yaml';

/**
 * The folder of the project: the one given, or walking up from `start` the nearest with a `devops.yaml` or a `.git`,
 * else `start`.
 * @throws INVALID_ARGUMENTS when the given folder does not exist
 */
export async function findProject(start: string, given?: string): Promise<string> {
  if (given !== undefined) {
    const folder = path.resolve(start, given);
    if (await exists(folder)) return folder;
    throw new DevopsError('INVALID_ARGUMENTS', `--project: there is no folder ${folder}`, {
      remedy: 'Give the folder of the project, or start inside it and leave --project out.',
    });
  }
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    const marks = await Promise.all([configName, '.git'].map((mark) => exists(path.join(folder, mark))));
    if (marks.includes(true)) return folder;
    if (folder === path.dirname(folder)) return path.resolve(start);
  }
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
