import { DevopsError } from '../errors.ts';
import { path, readTextIfExists } from '../platform/files.ts';
import { configName } from './find-project.ts';
import type { Config } from './schema.ts';

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
  const { parseConfig } = await import('./parse.ts'); // a project without a configuration needs no YAML
  return { config: parseConfig(text, configName), file, text };
}
