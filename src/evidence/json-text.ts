import { Unreadable } from './unreadable.ts';
import { cleanLine } from './untrusted.ts';

/**
 * Parses JSON in which no key stands twice with different values: which of them counts, every parser decides for
 * itself (RFC 8259, 4), so that a report could say one thing to its reader and another to the gate. Nor is any key
 * `__proto__`: schemas drop it, and a finding in a package of that name would be gone.
 * @throws SyntaxError for what is not JSON, Unreadable for what is ambiguous
 */
export function parseUnambiguous(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const key = ambiguousKeyIn(text);
  if (key !== undefined) throw new Unreadable(`it says "${cleanLine(key)}" twice: which of them counts?`);
  return value;
}

/** Where the value of each key of an object stands in the text. */
interface OpenObject {
  values: Map<string, [start: number, end: number]>;
  key: string;
  valueStart: number;
}

/** The first key that an object of a valid JSON text has with two different values. */
function ambiguousKeyIn(text: string): string | undefined {
  const outer: (OpenObject | undefined)[] = [];
  let open: OpenObject | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === quote) {
      const end = stringEnd(text, at);
      if (open && open.valueStart === -1) {
        open.key = keyOf(text.slice(at, end + 1));
        if (open.key === '__proto__')
          throw new Unreadable('it has a key "__proto__", whose value would be lost');
        open.valueStart = text.indexOf(':', end) + 1;
      }
      at = end;
    } else if (character === openBrace || character === openBracket) {
      outer.push(open);
      open = character === openBrace ? { values: new Map(), key: '', valueStart: -1 } : undefined;
    } else if (character === comma || character === closeBrace) {
      if (open && isAnother(open, text, at)) return open.key;
      if (character === closeBrace) open = outer.pop();
    } else if (character === closeBracket) open = outer.pop();
  }
  return undefined;
}

/** Notes the value that ends here. Whether the object has had another one for its key. */
function isAnother(open: OpenObject, text: string, end: number): boolean {
  const { values, key, valueStart } = open;
  open.valueStart = -1;
  if (valueStart === -1) return false;
  const before = values.get(key);
  if (!before) values.set(key, [valueStart, end]);
  return before !== undefined && text.slice(...before).trim() !== text.slice(valueStart, end).trim();
}

const quote = '"'.charCodeAt(0);
const comma = ','.charCodeAt(0);
const openBrace = '{'.charCodeAt(0);
const closeBrace = '}'.charCodeAt(0);
const openBracket = '['.charCodeAt(0);
const closeBracket = ']'.charCodeAt(0);
const backslash = '\\'.charCodeAt(0);

/** Where the string ends that begins at a quotation mark. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

/** The same key may be written in several ways: `"level"`, `"l\u0065vel"`. */
function keyOf(written: string): string {
  return written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
}
