import path from 'node:path';

/**
 * The folders of PATH that programs may be taken from. Whoever works on the project can put a `git` or an `npm` into
 * its folders, ignored by git and seen by nobody; `npx` and `npm exec` place these folders first. Relative ones
 * depend on where a command runs.
 */
export function trustedPath(searchPath: string | undefined, projectDir: string): string {
  return (searchPath ?? '')
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder) && !isOfProject(path.normalize(folder), projectDir))
    .join(path.delimiter);
}

function isOfProject(folder: string, projectDir: string): boolean {
  const below = path.relative(projectDir, folder);
  const isInside = below === '' || !(below.startsWith('..') || path.isAbsolute(below));
  return isInside || folder.split(path.sep).includes('node_modules');
}
