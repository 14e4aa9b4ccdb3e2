import { DevopsError } from '../errors.ts';
import { packText, readPackedText } from '../platform/archive.ts';
import type { Artifact } from './targets/types.ts';

/**
 * An artifact that is an image: an archive with one file, the image's reference by digest. So there is one notion of
 * an artifact in the house, and its digest binds that of the image: whoever takes the same artifact runs the same image.
 */

const referenceFile = 'image.ref';

/** Name, which may have a registry and a tag, and digest. No option of a command line looks like it. */
const referencePattern = /^[a-z0-9][\w.:/-]*@sha256:[0-9a-f]{64}$/;

/**
 * Makes the artifact from what a build printed: its last line is the reference.
 * @throws BUILD_FAILED when that is no reference by digest; a tag may be another image tomorrow
 */
export async function packImageReference(printed: string, intoDir: string): Promise<Artifact> {
  const last = printed
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '');
  if (last === undefined || !referencePattern.test(last)) {
    const found = last === undefined ? 'nothing' : JSON.stringify(last.slice(0, 200));
    throw new DevopsError(
      'BUILD_FAILED',
      `the build must print the reference of an image last, and printed ${found}`,
      {
        remedy:
          'Let artifact.build end with the reference by digest on standard output, such as registry.example.com/shop@sha256:…; after a push "docker image inspect --format \'{{index .RepoDigests 0}}\' IMAGE" prints it.',
      },
    );
  }
  return packText(referenceFile, `${last}\n`, intoDir);
}

/** The reference that the artifact is; undefined when it is something else. */
export async function imageReferenceOf(artifact: Pick<Artifact, 'path'>): Promise<string | undefined> {
  const text = (await readPackedText(artifact.path, referenceFile))?.trim();
  return text !== undefined && referencePattern.test(text) ? text : undefined;
}
