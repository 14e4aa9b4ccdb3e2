import { DevopsError } from '../errors.ts';
import { readExactText } from '../platform/exact-text.ts';
import { path } from '../platform/files.ts';
import type { Project } from '../project.ts';
import { type HumanRequest, readRequests } from './human-requests.ts';

/** Where people are asked. */
export function requestsFile({ dir, config }: Pick<Project, 'dir' | 'config'>): string {
  return path.resolve(dir, config.humanRequests);
}

/** Every entry that stands there now, ours and those of others. @throws FILE_FAILED */
export async function readHumanRequests(project: Project): Promise<HumanRequest[]> {
  return readRequests(((await readRequestsText(requestsFile(project))) ?? '').toWellFormed());
}

/** With bytes that are no UTF-8 as `exactBytes` takes them. @throws FILE_FAILED */
export async function readRequestsText(file: string): Promise<string | undefined> {
  try {
    return await readExactText(file);
  } catch (error) {
    throw new DevopsError('FILE_FAILED', `cannot read ${file}: ${(error as Error).message}`, {
      remedy:
        'Let this user read the file, and have it in UTF-8. What is no regular file, move away: a new one is made there.',
      cause: error,
    });
  }
}
