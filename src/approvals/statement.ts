/** What an approval says: the canonical statement that a person signs. Pure. */

export const approvalNamespace = 'devops-engineer-approval';

/** Change any of these and an approval no longer counts. */
export interface ApprovalFacts {
  requestId: string;
  deploymentId: string;
  project: string;
  environment: string;
  commit: string;
  artifact: string;
  policyDigest: string;
  /** Version that is live when the request is made; null before a first release. */
  from: string | null;
  /** For a runbook: its name and parameters, as JSON. */
  runbook?: string;
  gateId: string;
  plan: string[];
  expiresAt: string;
  nonce: string;
}

/** The exact text that is stored, shown and signed: canonical JSON under a first line that names what it is. */
export function writeStatement(facts: ApprovalFacts, canonicalize: (value: unknown) => string): string {
  return `devops-engineer approval v1\n${canonicalize(facts)}\n`;
}

/**
 * What a person signs who says no: the same facts and the reason, under another title. The signature of a rejection can
 * never be passed off as that of an approval.
 */
export function rejectionOf(statement: string, reason: string | undefined): string {
  const [, body = ''] = statement.split('\n');
  return `devops-engineer rejection v1\n${body}\n${reason ?? ''}\n`;
}

/** @returns undefined for a text that is no statement */
export function readStatement(statement: string): ApprovalFacts | undefined {
  const [title, body = ''] = statement.split('\n');
  if (title !== 'devops-engineer approval v1') return undefined;
  try {
    return JSON.parse(body) as ApprovalFacts;
  } catch {
    return undefined;
  }
}

/** The facts that must still be so when the approved deployment begins. */
export type BoundFacts = Pick<
  ApprovalFacts,
  'deploymentId' | 'environment' | 'commit' | 'artifact' | 'policyDigest' | 'from' | 'runbook'
>;

/** @returns names of the facts that differ from what was approved */
export function changedSince(approved: ApprovalFacts, present: BoundFacts): string[] {
  return (Object.keys(present) as (keyof BoundFacts)[]).filter((name) => approved[name] !== present[name]);
}
