import { DevopsError } from '../errors.ts';
import { longestReason } from '../tools/limits.ts';

/** Holds a reason from the command line to the limit of the tools. @throws INVALID_ARGUMENTS where it is longer */
export function assertReason(reason: string | undefined): void {
  if (reason === undefined || reason.length <= longestReason) return;
  throw new DevopsError(
    'INVALID_ARGUMENTS',
    `the reason has ${reason.length} characters, and at most ${longestReason} are read`,
    { remedy: `Say it with at most ${longestReason} characters, and name the document that has the rest.` },
  );
}
