import * as fs from 'node:fs/promises';
import { digestOfFile } from './digest.ts';
import { exists, path } from './files.ts';
import { startMarkOf } from './processes.ts';

/** Release folders on a target: one per release, complete or not there. */

const completeMark = '.devops-release';

/**
 * Unpacks an artifact into `releasesDir/<id>`, unless that is complete already. The digest is checked against the
 * file that is unpacked, and a crash leaves no half release: the folder appears by a rename.
 * @throws Error when the file is missing or its digest is another one
 */
export async function unpackRelease(
  artifact: { digest: string; path: string },
  releasesDir: string,
  id: string,
): Promise<string> {
  const folder = path.join(releasesDir, id);
  if (await isComplete(folder, artifact.digest)) return folder;
  if (!(await exists(artifact.path))) throw new Error(`the artifact ${artifact.digest} is no longer kept`);
  const digest = await digestOfFile(artifact.path);
  if (digest !== artifact.digest)
    throw new Error(`the artifact's digest is ${digest}, ${artifact.digest} was proven`);
  const draft = `${folder}.${process.pid}.tmp`;
  await fs.rm(draft, { recursive: true, force: true });
  await fs.mkdir(draft, { recursive: true });
  const { extract } = await import('tar');
  await extract({ file: artifact.path, cwd: draft, strict: true, preservePaths: false });
  await fs.writeFile(path.join(draft, completeMark), artifact.digest);
  await fs.rm(folder, { recursive: true, force: true });
  await fs.rename(draft, folder);
  return folder;
}

/**
 * Takes a folder that somebody made over as the `files` of a release, unless it is there already in whole.
 * @param mark what the release is made of, which `isComplete` asks for
 */
export async function adoptFiles(
  made: string,
  { releasesDir, id, mark }: { releasesDir: string; id: string; mark: string },
): Promise<void> {
  const folder = path.join(releasesDir, id);
  const draft = `${folder}.${process.pid}.tmp`;
  await fs.rm(draft, { recursive: true, force: true });
  await fs.mkdir(draft, { recursive: true });
  await fs.rename(made, path.join(draft, 'files'));
  await fs.writeFile(path.join(draft, completeMark), mark);
  await fs.rm(folder, { recursive: true, force: true });
  await fs.rename(draft, folder);
}

/** Lets a symbolic link lead somewhere else, at once. */
export async function pointLink(link: string, to: string): Promise<void> {
  const draft = `${link}.${process.pid}.tmp`;
  await fs.rm(draft, { force: true });
  await fs.symlink(to, draft);
  await fs.rename(draft, link);
}

/** Whether a release's folder is there, whole, and made of that: the digest of an artifact, or a commit. */
export async function isComplete(folder: string, madeOf: string): Promise<boolean> {
  const mark = await fs.readFile(path.join(folder, completeMark), 'utf8').catch(() => undefined);
  return mark === madeOf;
}

/** Why a release could not be brought back from here, or undefined when it could. */
export async function releaseObstacle(
  artifact: { digest: string; path: string },
  releasesDir: string,
  id: string,
): Promise<string | undefined> {
  if (await exists(artifact.path)) {
    const digest = await digestOfFile(artifact.path);
    return digest === artifact.digest
      ? undefined
      : `its artifact was changed: ${digest} instead of ${artifact.digest}`;
  }
  if (await isComplete(path.join(releasesDir, id), artifact.digest)) return undefined;
  return 'neither its artifact nor its release folder is kept any more';
}

/** Deletes every release folder (and half ones) that is not in `keep`. */
export async function pruneReleases(releasesDir: string, keep: ReadonlySet<string>): Promise<void> {
  const names = await fs.readdir(releasesDir).catch(() => []);
  for (const name of names) {
    const unpacking = /\.(\d+)\.tmp$/.exec(name)?.[1];
    if (keep.has(name) || (unpacking !== undefined && startMarkOf(Number(unpacking)) !== undefined)) continue;
    await fs.rm(path.join(releasesDir, name), { recursive: true, force: true });
  }
}

export async function removeFolder(folder: string): Promise<void> {
  await fs.rm(folder, { recursive: true, force: true });
}

export async function makeFolder(folder: string): Promise<void> {
  await fs.mkdir(folder, { recursive: true });
}
