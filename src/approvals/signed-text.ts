import canonicalize from 'canonicalize';
import type { z } from 'zod';

/** The form of what people sign: a first line that names what it is, and canonical JSON (RFC 8785). Pure. */

/** The exact text that is stored, shown and signed. */
export function writeSignedText(title: string, facts: object): string {
  return `${title}\n${canonicalize(facts)}\n`;
}

/** @returns undefined for a text that is not one of these, to the last byte */
export function readSignedText<Facts extends object>(
  title: string,
  shape: z.ZodType<Facts>,
  text: string,
): Facts | undefined {
  const [first, body = ''] = text.split('\n');
  if (first !== title) return undefined;
  try {
    const facts = shape.parse(JSON.parse(body));
    return writeSignedText(title, facts) === text ? facts : undefined;
  } catch {
    return undefined;
  }
}
