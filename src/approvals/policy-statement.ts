import * as z from 'zod';
import { readSignedText, writeSignedText } from './signed-text.ts';

/** What a person signs who lets another policy take the place of the approved one. Pure. */

export const policyNamespace = 'devops-engineer-policy';

const facts = z.strictObject({
  project: z.string(),
  decision: z.enum(['approve', 'reject']),
  /** Which one in the row of approved policies it is: the same words said once do not count a second time. */
  number: z.int(),
  /** Digest of the policy that was approved last. */
  from: z.string(),
  /** Digest of the policy that the person was shown. */
  to: z.string(),
  /** What it demands less, in the words that the person was shown. */
  weakenings: z.array(z.string()),
  reason: z.string().nullable(),
  at: z.string(),
  nonce: z.string(),
});
export type PolicyFacts = z.output<typeof facts>;

const title = 'devops-engineer policy v1';

export function writePolicyStatement(given: PolicyFacts): string {
  return writeSignedText(title, given);
}

/** @returns undefined for a text that is no such statement */
export function readPolicyStatement(text: string): PolicyFacts | undefined {
  return readSignedText(title, facts, text);
}
