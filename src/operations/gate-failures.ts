import type { RequirementResult } from '../gates/types.ts';

/** Which requirements keep releases out, for the retrospective. Pure. */

export interface GateRecord {
  environment: string;
  commit: string;
  verdict: string;
  requirements: readonly Pick<RequirementResult, 'name' | 'verdict'>[];
}

export interface GateFailures {
  /** Name of the check or of the requirement. */
  check: string;
  /** Commits that it kept out of an environment; asking again about the same one does not count again. */
  count: number;
}

/** Requirements that failed, the most frequent first. What was not proven yet is no failure. */
export function gateFailuresAmong(gates: readonly GateRecord[]): GateFailures[] {
  const failed = new Map<string, Set<string>>();
  for (const { environment, commit, verdict, requirements } of gates) {
    if (verdict !== 'fail') continue;
    for (const { name, verdict: own } of requirements) {
      if (own !== 'fail') continue;
      const cases = failed.get(name) ?? new Set();
      failed.set(name, cases.add(JSON.stringify([environment, commit])));
    }
  }
  return [...failed]
    .map(([check, cases]) => ({ check, count: cases.size }))
    .sort((a, b) => b.count - a.count || (a.check < b.check ? -1 : 1));
}
