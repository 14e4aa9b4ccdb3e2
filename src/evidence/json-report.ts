import type { z } from 'zod';
import { parseUnambiguous } from './json-text.ts';
import { collectText } from './text.ts';
import type { Evidence, EvidenceFormat, EvidenceKind } from './types.ts';
import { evidenceFormat, Unreadable } from './unreadable.ts';
import { cleanLine } from './untrusted.ts';

interface JsonFormat<Schema extends z.ZodType> {
  name: string;
  kind: EvidenceKind;
  title: string;
  /** Asked only about texts that begin like a JSON object. */
  detect(head: string): boolean;
  /** What the reader relies on, and no more: tools add fields in every version. */
  schema: Schema;
  /** May throw `Unreadable`. */
  interpret(report: z.output<Schema>): Evidence;
}

/** JSON Lines: formats of their own. */
const severalObjects = /^\s*\{[^\n]*\}[ \t\r]*\n\s*\{/;

/** A format whose reports are one JSON object, read as a whole. */
export function jsonFormat<Schema extends z.ZodType>({
  schema,
  interpret,
  detect,
  ...format
}: JsonFormat<Schema>): EvidenceFormat {
  return evidenceFormat({
    ...format,
    detect: (head) => /^\s*\{/.test(head) && !severalObjects.test(head) && detect(head),
    async read(report) {
      const parsed = schema.safeParse(parseJson(await collectText(report)));
      if (!parsed.success)
        throw new Unreadable(`not in the format of ${format.title}: ${firstIssue(parsed.error)}`);
      return interpret(parsed.data);
    },
  });
}

/** Parses a report that was read as a whole. @throws Unreadable */
export function parseJson(text: string): unknown {
  try {
    return parseUnambiguous(text);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    const start = cleanLine(text.slice(0, 40));
    throw new Unreadable(`not valid JSON (${(error as Error).message}); it begins with: ${start}`);
  }
}

/** The first thing that is wrong with a report, and where. */
export function firstIssue({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return 'wrong shape';
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}
