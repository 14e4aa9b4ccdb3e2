import { DevopsError } from '../errors.ts';
import type { Override } from '../gates/types.ts';
import { now } from '../platform/clock.ts';
import type { OverrideRow } from '../platform/tables.ts';
import { environmentOf, type Project } from '../project.ts';
import { type OverrideFacts, overrideNamespace, readOverrideStatement } from './override-statement.ts';
import { assertNotAuthor } from './separation.ts';
import { differingFields } from './signed-elsewhere.ts';
import { verifyForRoles, writersOf } from './verification.ts';

/** Overrides on record: what people signed, believed only as far as it can be verified at this moment. */

const dayMs = 24 * 60 * 60_000;
/** Whoever needs longer decides again, or mends the policy. */
export const longestOverrideMs = 7 * dayMs;

/** What is overridden for whom: one commit in one environment. */
export interface OverrideSubject {
  environment: string;
  commit: string;
  /** E-mail address of the commit's author, who overrides nothing. */
  author: string;
}

/** What became of an override that is on record. */
export type FoundOverride = { requirement: string; at: string } & (
  | { override: Override }
  | { refusal: string }
);

/** The overrides on record for a commit in an environment, newest first, each verified anew. */
export async function overridesOn(project: Project, subject: OverrideSubject): Promise<FoundOverride[]> {
  const rows = await project.state.read
    .selectFrom('overrides')
    .selectAll()
    .where('environment', '=', subject.environment)
    .where('commit_sha', '=', subject.commit)
    .orderBy('at', 'desc')
    .limit(mostAtOnce)
    .execute();
  return Promise.all(
    rows.map(async (row) => {
      const { requirement, at } = row;
      const refusal = await whyNot(project, row, subject);
      const facts = readOverrideStatement(row.statement);
      if (refusal !== undefined || !facts) {
        return { requirement, at, refusal: `the override by ${row.approver} does not count: ${refusal}` };
      }
      const override = { by: row.approver, role: row.role, reason: facts.reason, until: facts.until };
      return { requirement, at, override };
    }),
  );
}

/** More than people decide for one commit; verifying is not free. */
const mostAtOnce = 50;

async function whyNot(
  project: Project,
  row: OverrideRow,
  subject: OverrideSubject,
): Promise<string | undefined> {
  const facts = readOverrideStatement(row.statement);
  if (!facts) return 'what was signed cannot be read';
  const other = differencesOf(facts, {
    project: project.config.project,
    environment: subject.environment,
    requirement: row.requirement,
    commit: subject.commit,
    policyDigest: project.policyDigest,
  });
  if (other.length > 0) return `it was signed for another ${other.join(' and ')}`;
  const until = Date.parse(facts.until);
  const at = now().getTime();
  if (!(until > at)) return `it ended at ${facts.until}`;
  if (until > at + longestOverrideMs) return `it ends at ${facts.until}, more than 7 days ahead`;
  const roles = environmentOf(project, subject.environment).approvals?.from;
  if (!roles) return `${subject.environment} has no approvals, so nobody may override there`;
  try {
    const writers = [subject.author, ...(await writersOf(project, subject.commit))];
    const { statement, signature } = row;
    const signer = await verifyForRoles(project, {
      statement,
      signature,
      roles,
      namespace: overrideNamespace,
    });
    assertNotAuthor(signer.names, writers, 'override its gate');
    if (signer.principal === row.approver) return undefined;
    return `the signature is ${signer.principal}'s`;
  } catch (error) {
    if (!(error instanceof DevopsError)) throw error;
    return error.message;
  }
}

type BoundFacts = Pick<OverrideFacts, 'project' | 'environment' | 'requirement' | 'commit' | 'policyDigest'>;

/** What an override was signed for that is not so, in words. */
export function differencesOf(facts: OverrideFacts, present: BoundFacts): string[] {
  return differingFields(facts, present, { policyDigest: 'policy' });
}
