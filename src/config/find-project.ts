import { DevopsError } from '../errors.ts';
import { exists, path } from '../platform/files.ts';

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
