import { asDevopsError } from '../errors.ts';
import { path } from '../platform/files.ts';
import type { Repository } from '../platform/git.ts';
import { readVex, type VexReading } from './vex/read.ts';

const maxFileBytes = 4 * 1024 * 1024;

/**
 * Reads the VEX files that a demand names out of the commit itself: not out of a checkout, where the check's own
 * command could change them, and not out of the evidence, which other environments with other files share.
 */
export async function readVexFiles(
  repository: Repository,
  commit: string,
  files: readonly string[],
): Promise<VexReading> {
  const readings = await Promise.all(files.map((file) => readOne(repository, commit, file)));
  return {
    statements: readings.flatMap(({ statements }) => statements),
    problems: readings.flatMap(({ problems }) => problems),
  };
}

async function readOne(repository: Repository, commit: string, file: string): Promise<VexReading> {
  const place = path.normalize(file);
  if (place.startsWith('..')) return nothing(`${file} lies outside of the project`);
  try {
    const text = await repository.readFile(commit, place, maxFileBytes);
    if (text !== undefined) return readVex(text, file);
    const limit = maxFileBytes / 1024 ** 2;
    return nothing(`${file} is no regular file of up to ${limit} MiB in commit ${commit.slice(0, 12)}`);
  } catch (error) {
    return nothing(`${file} could not be read: ${asDevopsError(error).message}`);
  }
}

function nothing(problem: string): VexReading {
  return { statements: [], problems: [problem] };
}
