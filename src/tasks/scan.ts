import {
  closeBrace,
  closeBracket,
  comma,
  JsonSyntaxError,
  openBrace,
  openBracket,
  skipKey,
  skipString,
  skipValue,
  skipWhitespace,
  unexpected,
} from './json-syntax.ts';

/** From the bytes of a task file to the places of its entries. Nothing is parsed but the keys of the container. */

/** Byte offsets; `end` is the first byte after. */
export interface Span {
  start: number;
  end: number;
}

/** One array of tasks. */
export interface TaskArray {
  /** Its name where the file has several lists (`{"master": {"tasks": […]}, …}`). */
  tag?: string;
  /** From the opening bracket to after the closing one. */
  span: Span;
  /** Every element, in the order of the file, whatever its type. */
  elements: Span[];
}

/**
 * Finds the entries of a task file: a bare array, `{"tasks": […], …}`, or lists under tags as task-master writes
 * them. Every byte of the file is checked against the grammar. Of a repeated key the last one counts, as in
 * `JSON.parse`. No array at all where the file is valid JSON of another shape.
 * @throws JsonSyntaxError
 */
export function scan(bytes: Uint8Array): TaskArray[] {
  const start = skipWhitespace(bytes, skipByteOrderMark(bytes));
  const { arrays, end } = scanTop(bytes, start);
  const rest = skipWhitespace(bytes, end);
  if (rest < bytes.length) throw unexpected(bytes, rest, 'nothing after the value');
  return arrays;
}

function skipByteOrderMark(bytes: Uint8Array): number {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 3;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new JsonSyntaxError(0, 'the file is UTF-16; JSON is UTF-8');
  }
  return 0;
}

function scanTop(bytes: Uint8Array, at: number): { arrays: TaskArray[]; end: number } {
  if (bytes[at] === openBracket) {
    const array = scanArray(bytes, at);
    return { arrays: [array], end: array.span.end };
  }
  if (bytes[at] !== openBrace) return { arrays: [], end: skipValue(bytes, at) };
  let wrapped: TaskArray | undefined;
  const tagged = new Map<string, TaskArray>();
  const end = scanMembers(bytes, at, (key, value) => {
    if (key === 'tasks') wrapped = undefined;
    tagged.delete(key);
    if (key === 'tasks' && bytes[value] === openBracket) {
      wrapped = scanArray(bytes, value);
      return wrapped.span.end;
    }
    if (bytes[value] !== openBrace) return skipValue(bytes, value);
    const { array, end } = scanTag(bytes, value);
    if (array) tagged.set(key, { tag: key, ...array });
    return end;
  });
  return { arrays: wrapped ? [wrapped] : [...tagged.values()], end };
}

function scanTag(bytes: Uint8Array, at: number): { array: TaskArray | undefined; end: number } {
  let array: TaskArray | undefined;
  const end = scanMembers(bytes, at, (key, value) => {
    if (key !== 'tasks') return skipValue(bytes, value);
    array = bytes[value] === openBracket ? scanArray(bytes, value) : undefined;
    return array?.span.end ?? skipValue(bytes, value);
  });
  return { array, end };
}

function scanArray(bytes: Uint8Array, start: number): TaskArray {
  const elements: Span[] = [];
  let i = skipWhitespace(bytes, start + 1);
  if (bytes[i] !== closeBracket) {
    for (;;) {
      const end = skipValue(bytes, i);
      elements.push({ start: i, end });
      i = skipWhitespace(bytes, end);
      if (bytes[i] === closeBracket) break;
      if (bytes[i] !== comma) throw unexpected(bytes, i, '"," or "]"');
      i = skipWhitespace(bytes, i + 1);
    }
  }
  return { span: { start, end: i + 1 }, elements };
}

/** Walks the members of an object; `visit` gets each decoded key and where its value starts, and says where it ends. */
function scanMembers(
  bytes: Uint8Array,
  start: number,
  visit: (key: string, value: number) => number,
): number {
  let i = skipWhitespace(bytes, start + 1);
  if (bytes[i] === closeBrace) return i + 1;
  for (;;) {
    const value = skipKey(bytes, i);
    i = skipWhitespace(bytes, visit(keyAt(bytes, i), value));
    if (bytes[i] === closeBrace) return i + 1;
    if (bytes[i] !== comma) throw unexpected(bytes, i, '"," or "}"');
    i = skipWhitespace(bytes, i + 1);
  }
}

function keyAt(bytes: Uint8Array, at: number): string {
  return JSON.parse(new TextDecoder().decode(bytes.subarray(at, skipString(bytes, at))));
}
