import type { Project } from '../../project.ts';
import type { GateSubject } from '../subject.ts';
import type { RequirementResult, Verdict } from '../types.ts';

/** What followed from a gate, as its record keeps it. */
export interface GateActions {
  /** Tasks that it created or found open, with the requirement that each is about. */
  fixTasks: { id: string; check: string }[];
  /** The task of whoever weighs the risk. */
  escalation?: string | undefined;
  /** What could not be done, with the reason. */
  notices: string[];
}

/** The actions of the last gate that came to the very same about the same question. */
export async function earlierActions(
  project: Project,
  { environment, commit }: GateSubject,
  { verdict, requirements }: { verdict: Verdict; requirements: readonly RequirementResult[] },
): Promise<GateActions | undefined> {
  const row = await project.state.read
    .selectFrom('gates')
    .select(['verdict', 'requirements', 'actions'])
    .where('environment', '=', environment)
    .where('commit_sha', '=', commit.sha)
    .where('policy_digest', '=', project.policyDigest)
    .where('actions', 'is not', null)
    .orderBy('finished_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row || row.verdict !== verdict) return undefined;
  const known = JSON.parse(row.requirements) as RequirementResult[];
  return sameFindings(known) === sameFindings(requirements) ? readActions(row.actions) : undefined;
}

export function readActions(stored: string | null): GateActions | undefined {
  return stored === null ? undefined : (JSON.parse(stored) as GateActions);
}

/** Evidence is made anew by every run: the same piece of it says the same. */
function sameFindings(requirements: readonly RequirementResult[]): string {
  return JSON.stringify(
    requirements
      .filter(({ verdict }) => verdict !== 'pass')
      .map(({ name, verdict, observed, evidenceId }) => [name, verdict, observed, evidenceId ?? null]),
  );
}
