import * as z from 'zod';
import { readSignedText, writeSignedText } from '../approvals/signed-text.ts';

/** What is kept elsewhere about the audit trail: how far it went at a time, and with which hash. Pure. */

export const checkpointNamespace = 'devops-engineer-audit';

const facts = z.strictObject({
  project: z.string(),
  /** Names machine and folder without telling them: other clones have trails of their own. */
  place: z.string(),
  /** Hash of the first entry: the name of the chain. */
  chain: z.string(),
  position: z.int().min(1),
  /** Hash of the entry at this position. */
  hash: z.string(),
  at: z.string(),
  /** Chains of this place that were lost and that this one follows, as a person said. */
  replaces: z.array(z.string()).optional(),
});
export type CheckpointFacts = z.output<typeof facts>;

export interface Checkpoint extends CheckpointFacts {
  /** The exact text that is signed. */
  statement: string;
  signature?: string;
}

const title = 'devops-engineer audit checkpoint v1';

export function writeCheckpoint(given: CheckpointFacts): string {
  return writeSignedText(title, given);
}

const line = z.strictObject({ statement: z.string(), signature: z.string().optional() });

/** A checkpoint as it stands in a git note, on one line: git merges notes of lines by itself. */
export function writeCheckpointLine(checkpoint: z.output<typeof line>): string {
  return JSON.stringify(checkpoint);
}

/** The checkpoints of a note; lines that are none are not ours. */
export function readCheckpointLines(text: string): Checkpoint[] {
  return text.split('\n').flatMap((one) => {
    try {
      const { statement, signature } = line.parse(JSON.parse(one));
      const said = readSignedText(title, facts, statement);
      return said ? [{ ...said, statement, ...(signature !== undefined && { signature }) }] : [];
    } catch {
      return [];
    }
  });
}
