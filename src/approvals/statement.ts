import * as z from 'zod';
import { readSignedText, writeSignedText } from './signed-text.ts';

/** What an approval says: the canonical statement that a person signs. Pure. */

export const approvalNamespace = 'devops-engineer-approval';

const title = 'devops-engineer approval v1';

/** Change any of these and an approval no longer counts. */
const facts = z.strictObject({
  requestId: z.string(),
  deploymentId: z.string(),
  project: z.string(),
  environment: z.string(),
  commit: z.string(),
  artifact: z.string(),
  policyDigest: z.string(),
  /** Version that is live when the request is made; null before a first release. */
  from: z.string().nullable(),
  /** For a runbook: its name and parameters, as JSON. */
  runbook: z.string().optional(),
  gateId: z.string(),
  plan: z.array(z.string()),
  expiresAt: z.string(),
  nonce: z.string(),
});
export type ApprovalFacts = z.output<typeof facts>;

/** The exact text that is stored, shown and signed. */
export function writeStatement(given: ApprovalFacts): string {
  return writeSignedText(title, given);
}

/**
 * What a person signs who says no: the same facts and the reason, under another title. The signature of a rejection can
 * never be passed off as that of an approval.
 */
export function rejectionOf(statement: string, reason: string | undefined): string {
  const [, body = ''] = statement.split('\n');
  return `devops-engineer rejection v1\n${body}\n${reason ?? ''}\n`;
}

/** @returns undefined for a text that is no such statement, to the last byte */
export function readStatement(statement: string): ApprovalFacts | undefined {
  return readSignedText(title, facts, statement);
}

/** The facts that must still be so when the approved deployment begins. */
export type BoundFacts = Pick<
  ApprovalFacts,
  | 'requestId'
  | 'deploymentId'
  | 'project'
  | 'environment'
  | 'commit'
  | 'artifact'
  | 'policyDigest'
  | 'from'
  | 'runbook'
>;

/** @returns names of the facts that differ from what was approved */
export function changedSince(approved: ApprovalFacts, present: BoundFacts): string[] {
  return (Object.keys(present) as (keyof BoundFacts)[]).filter((name) => approved[name] !== present[name]);
}
