import { path } from '../../platform/files.ts';
import type { Project } from '../../project.ts';

/** The allowed signers file of the role `reviewer`; undefined where the policy knows no reviewers. */
export function reviewersFile({ dir, config }: Project): string | undefined {
  const file = config.approvers.reviewer?.allowedSigners;
  return file === undefined ? undefined : path.resolve(dir, file);
}
