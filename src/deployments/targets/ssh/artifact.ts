import { digestOfFile } from '../../../platform/digest.ts';
import { exists } from '../../../platform/files.ts';
import type { Release } from '../types.ts';

/** Why the artifact's file on this machine is not the one that was proven, or undefined when it is. */
export async function artifactChange({ artifact }: Release): Promise<string | undefined> {
  if (!(await exists(artifact.path))) return `its artifact ${artifact.digest} is no longer kept here`;
  const found = await digestOfFile(artifact.path);
  return found === artifact.digest
    ? undefined
    : `its artifact was changed: ${found} instead of ${artifact.digest}`;
}
