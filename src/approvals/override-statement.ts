import * as z from 'zod';
import { readSignedText, writeSignedText } from './signed-text.ts';

/** What a person signs who decides that one requirement does not count for one commit. Pure. */

export const overrideNamespace = 'devops-engineer-override';

const facts = z.strictObject({
  project: z.string(),
  environment: z.string(),
  requirement: z.string(),
  commit: z.string(),
  policyDigest: z.string(),
  reason: z.string(),
  /** Until when it counts. */
  until: z.string(),
  /** What the person was shown of the requirement. */
  saw: z.strictObject({ verdict: z.string(), observed: z.string() }),
  at: z.string(),
  /** The identifier of the override. */
  nonce: z.string().regex(/^ovr-[0-9a-z]{10}$/),
});
export type OverrideFacts = z.output<typeof facts>;

const title = 'devops-engineer override v1';

export function writeOverrideStatement(given: OverrideFacts): string {
  return writeSignedText(title, given);
}

/** @returns undefined for a text that is no such statement */
export function readOverrideStatement(text: string): OverrideFacts | undefined {
  return readSignedText(title, facts, text);
}
