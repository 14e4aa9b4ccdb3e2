import { exists, path } from '../platform/files.ts';
import { usualPlaces } from './usual-places.ts';

/**
 * The task file of a project: the configured one, else the first of the usual places that exists, else
 * `tasks.json`, where `init` would create it. The file returned need not exist.
 */
export async function findTasksFile(projectDir: string, configured?: string): Promise<string> {
  if (configured !== undefined) return path.resolve(projectDir, configured);
  for (const place of usualPlaces) {
    const file = path.join(projectDir, place);
    if (await exists(file)) return file;
  }
  return path.join(projectDir, 'tasks.json');
}
