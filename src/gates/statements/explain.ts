import type { CheckConfig } from '../../config/schema.ts';
import type { StoredEvidence } from '../judge.ts';
import type { RequirementResult } from '../types.ts';
import { statementNotes } from './note.ts';

const refusalsShown = 5;

/** Says in a requirement on whose word it rests, which statements do not count and why, and what would. Pure. */
export function explainStatements(
  judged: RequirementResult,
  {
    definition,
    stored,
    refusals = [],
    commit,
  }: {
    definition: CheckConfig | undefined;
    stored: StoredEvidence | undefined;
    refusals: readonly string[] | undefined;
    commit: string;
  },
): RequirementResult {
  if (definition?.attestedBy === undefined) return judged;
  const told = !stored && definition.run === undefined ? unproven(judged, definition, commit) : judged;
  const by = stored?.attestedBy;
  return {
    ...told,
    ...(by && { observed: `${told.observed} (attested by ${by.producer}: ${by.principal})` }),
    ...(refusals.length > 0 && { reason: `${told.reason} Not counted: ${listed(refusals)}` }),
  };
}

function listed(refusals: readonly string[]): string {
  const more = refusals.length - refusalsShown;
  return `${refusals.slice(0, refusalsShown).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function unproven(judged: RequirementResult, definition: CheckConfig, commit: string): RequirementResult {
  const producers = definition.attestedBy?.join(' or ');
  const fetched = `fetch it here with "git fetch origin refs/notes/${statementNotes}:refs/notes/${statementNotes}" and call evaluateGate again`;
  const made = definition.statement
    ? `signs a statement of the kind ${definition.statement.kind} about commit ${commit}${isOfArtifact(definition) ? ' and its artifact' : ''} and adds the envelope on one line to the note: "git notes --ref=${statementNotes} append --file=ENVELOPE ${commit}"`
    : `runs "devops-engineer attest ${judged.name} --key FILE" with --run or --report for commit ${commit}`;
  return {
    ...judged,
    observed: 'no valid statement',
    reason: `Check "${judged.name}" has no command of its own: only a statement that ${producers} signed counts, and there is no valid one.`,
    remedy: `${producers} ${made}, and pushes refs/notes/${statementNotes}; ${fetched}.`,
  };
}

function isOfArtifact({ against, statement }: CheckConfig): boolean {
  return against !== undefined || statement?.kind === 'provenance';
}
