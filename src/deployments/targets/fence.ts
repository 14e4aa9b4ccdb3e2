import { DevopsError } from '../../errors.ts';
import { withFileLock } from '../../platform/file-lock.ts';
import { path, readTextIfExists, replaceFile } from '../../platform/files.ts';
import { makeFolder } from '../../platform/release-folders.ts';
import type { Fence } from './types.ts';

/**
 * Remembers the highest fencing number for a target that cannot do so itself.
 * @throws TARGET_FAILED when the effect comes from a deployment that a later one has overtaken
 */
export async function admit(stateDir: string, { number, deploymentId }: Fence): Promise<void> {
  await makeFolder(stateDir);
  const file = path.join(stateDir, 'fence');
  await withFileLock(file, async () => {
    const seen = Number((await readTextIfExists(file)) ?? 0);
    // Written so that an unreadable number refuses too.
    if (!(number >= seen)) {
      throw new DevopsError(
        'TARGET_FAILED',
        `fencing number ${number} of ${deploymentId} is lower than ${seen}: a later deployment has taken over`,
        { remedy: 'Nothing: the later deployment decides now. See it with getDeployment.' },
      );
    }
    if (number > seen) await replaceFile(file, String(number));
  });
}

/** One effect at a time, of whoever has the authority. @throws TARGET_FAILED like `admit`, Error when others take too long */
export async function whileAdmitted(
  stateDir: string,
  fence: Fence,
  timeoutMs: number,
  effect: () => Promise<void>,
): Promise<void> {
  await makeFolder(stateDir);
  await withFileLock(
    path.join(stateDir, 'effect'),
    async () => {
      await admit(stateDir, fence);
      await effect();
    },
    { timeoutMs },
  );
}
