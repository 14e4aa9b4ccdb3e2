import { path, readTextIfExists } from '../platform/files.ts';
import type { Project } from '../project.ts';
import { type HumanRequest, readRequests } from './human-requests.ts';

/** Where people are asked. */
export function requestsFile({ dir, config }: Pick<Project, 'dir' | 'config'>): string {
  return path.resolve(dir, config.humanRequests);
}

/** Every entry that stands there now, ours and those of others. */
export async function readHumanRequests(project: Project): Promise<HumanRequest[]> {
  return readRequests((await readTextIfExists(requestsFile(project))) ?? '');
}
