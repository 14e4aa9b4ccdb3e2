import { parseUnambiguous } from './json-text.ts';
import { decodeLines } from './text.ts';
import { Unreadable } from './unreadable.ts';

export interface JsonLine {
  /** Without its end and blanks around it; never empty. */
  text: string;
  /** Undefined where the line is not JSON. */
  value: unknown;
}

/**
 * The lines of a JSON Lines report that are not blank, as the report streams. Throws as `decodeLines` and
 * `parseUnambiguous` do.
 */
export async function* jsonLines(report: AsyncIterable<Uint8Array>): AsyncGenerator<JsonLine> {
  for await (const line of decodeLines(report)) {
    const text = line.trim();
    if (text !== '') yield { text, value: parse(text) };
  }
}

function parse(text: string): unknown {
  try {
    return parseUnambiguous(text);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    return undefined;
  }
}
