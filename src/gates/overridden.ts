import { overridesOn } from '../approvals/overrides.ts';
import type { Project } from '../project.ts';
import type { GateSubject } from './subject.ts';
import type { RequirementResult } from './types.ts';

/** Whether a person may decide that a requirement does not count: not that the rules themselves do not. */
export function isOverridable(requirement: string): boolean {
  return requirement !== 'policy';
}

/**
 * Lets those requirements pass that a person has overridden for this commit. What is really there stays in sight, and
 * so does an override that would have mattered and does not count.
 */
export async function withOverrides(
  project: Project,
  { environment, commit }: GateSubject,
  requirements: RequirementResult[],
): Promise<RequirementResult[]> {
  if (!requirements.some(isOpen)) return requirements;
  const subject = { environment, commit: commit.sha, author: commit.authorEmail };
  const found = await overridesOn(project, subject);
  if (found.length === 0) return requirements;
  return requirements.map((result) => {
    if (!isOpen(result)) return result;
    const own = found.filter(({ requirement }) => requirement === result.name);
    for (const one of own) {
      if (!('override' in one)) continue;
      const { remedy: _, ...rest } = result;
      const observed = `overridden by ${one.override.by}: ${result.observed}`;
      return { ...rest, observed, verdict: 'pass', override: one.override };
    }
    const [newest] = own;
    return newest && 'refusal' in newest
      ? { ...result, reason: `${result.reason} (${newest.refusal})` }
      : result;
  });
}

function isOpen({ name, verdict }: RequirementResult): boolean {
  return verdict !== 'pass' && isOverridable(name);
}
