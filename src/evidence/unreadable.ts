import type { Evidence, EvidenceFormat } from './types.ts';
import { cleanLine } from './untrusted.ts';

/** Thrown inside a reader when a report cannot be evidence of anything; its message is the problem shown. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** Evidence that proves nothing, with the reason. */
export function inconclusive(
  { name, kind }: Pick<EvidenceFormat, 'name' | 'kind'>,
  reason: string,
): Evidence {
  return { format: name, kind, conclusive: false, problems: [cleanLine(reason)] };
}

/**
 * Makes a format out of a reader that may throw: whatever it throws, `Unreadable` or a bug of ours, becomes
 * inconclusive evidence, so that no report can break the gate.
 */
export function evidenceFormat(format: EvidenceFormat): EvidenceFormat {
  return {
    ...format,
    async read(report, run) {
      try {
        return await format.read(report, run);
      } catch (error) {
        return inconclusive(format, reasonOf(error));
      }
    },
  };
}

/** Why reading ended, in words. */
export function reasonOf(error: unknown): string {
  if (error instanceof Unreadable) return error.message;
  return `the report could not be read: ${error instanceof Error ? error.message : String(error)}`;
}
