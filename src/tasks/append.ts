import { type Board, replaceBytes, textOf } from './board.ts';
import type { JsonObject } from './json-values.ts';
import { defaultLayout, indentAt, type Layout, layoutOf, render } from './layout.ts';
import type { Span, TaskArray } from './scan.ts';

const comma = 0x2c;
const lineFeed = 0x0a;
const guessReach = 4096;
const decoder = new TextDecoder();

/**
 * The file's bytes with one more entry at the end of a list. Every byte that was there stays, in its order.
 * @param model the entry whose layout it takes over, if there is any
 */
export function appendEntry(
  board: Board,
  array: TaskArray,
  fields: JsonObject,
  model: { span: Span } | undefined,
): Uint8Array {
  const layout = model && layoutOf(textOf(board, model));
  const last = array.elements.at(-1);
  if (!last) return insertFirst(board, array, fields, layout ?? guessLayout(board));
  return insertAfter(board, array, last, fields, layout ?? guessLayout(board));
}

function insertAfter(
  { bytes }: Board,
  { span, elements }: TaskArray,
  last: Span,
  fields: JsonObject,
  layout: Layout,
): Uint8Array {
  const previous = elements.at(-2);
  const from = previous ? bytes.indexOf(comma, previous.end) : span.start;
  const gap = decoder.decode(bytes.subarray(from + 1, last.start)) || layout.gap;
  const indent = layout.indent === undefined ? undefined : (indentAt(gap, gap.length) ?? layout.indent);
  return replaceBytes(bytes, { start: last.end, end: last.end }, `,${gap}${render(fields, layout, indent)}`);
}

/** Between the brackets of an empty list; white space that stands there already stays. */
function insertFirst({ bytes }: Board, { span }: TaskArray, fields: JsonObject, layout: Layout): Uint8Array {
  const at = span.start + 1;
  if (layout.indent === undefined)
    return replaceBytes(bytes, { start: at, end: at }, render(fields, layout, undefined));
  const interior = decoder.decode(bytes.subarray(at, span.end - 1));
  const outer = lineIndentAt(bytes, span.start);
  const inner = outer + layout.unit;
  const closing = interior.includes('\n') ? '' : layout.lineBreak + outer;
  const content = layout.lineBreak + inner + render(fields, layout, inner) + closing;
  return replaceBytes(bytes, { start: at, end: at }, content);
}

/** How a file without any entry is laid out, as far as it shows. */
function guessLayout({ bytes }: Board): Layout {
  const text = decoder.decode(bytes.subarray(0, guessReach));
  const head = text.trim();
  const isOneLineObject = head.startsWith('{') && !head.includes('\n');
  if (isOneLineObject) return head.includes(': ') ? defaultLayout : { ...defaultLayout, colon: ':', gap: '' };
  return {
    ...defaultLayout,
    lineBreak: text.includes('\r\n') ? '\r\n' : '\n',
    unit: /\n([ \t]+)/.exec(head)?.[1] ?? defaultLayout.unit,
    indent: '',
  };
}

/** The white space that the line of a byte begins with. */
function lineIndentAt(bytes: Uint8Array, offset: number): string {
  const lineStart = bytes.lastIndexOf(lineFeed, offset) + 1;
  return /^[ \t]*/.exec(decoder.decode(bytes.subarray(lineStart, offset)))?.[0] ?? '';
}
