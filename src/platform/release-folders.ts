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

async function isComplete(folder: string, digest: string): Promise<boolean> {
  const mark = await fs.readFile(path.join(folder, completeMark), 'utf8').catch(() => undefined);
  return mark === digest;
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
