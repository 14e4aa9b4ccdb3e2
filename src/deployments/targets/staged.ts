import type { Release, Target, TargetCall } from './types.ts';

/**
 * Where a staged release answers before it has all traffic. Staging is idempotent: asked again, it only tells.
 * @throws TARGET_FAILED as `stage`; Error for a target that stages without saying where
 */
export async function stagedUrl(target: Target, release: Release, call: TargetCall): Promise<string> {
  const { url } = await target.stage(release, call);
  if (url === undefined) throw new Error(`${target.kind} staged a release without saying where`);
  return url;
}
