import type { JsonObject } from './json-values.ts';
import { defaultLayout, indentAt, type Layout, layoutOf, render } from './layout.ts';
import type { ListPlace } from './scan/read-lists.ts';

/** Where a list ends and how it is written there. */
export interface ListEnd {
  /** What stands between the brackets of a list without elements, white space; undefined where it has elements. */
  interior?: string | undefined;
  /** The file offset after the last element, or after the opening bracket. */
  at: number;
  /** White space in front of the last entry, where there is any entry. */
  gap?: string | undefined;
  /** White space that the line of the opening bracket begins with. */
  indent: string;
  /** The beginning of the file. */
  head: string;
}

/** A new entry and what is put in front of and after it. */
export interface Insertion {
  before: string;
  entry: string;
  after: string;
}

/**
 * What is to be inserted at the end of a list for one more entry. Every byte that was there stays, in its order.
 * @param file.model the text of the entry whose layout it takes over, if there is any
 * @param file.isLines whether each line is an entry
 */
export function insertionOf(
  end: ListEnd,
  fields: JsonObject,
  { model, isLines }: { model: string | undefined; isLines: boolean },
): Insertion {
  if (isLines) return insertLine(end, fields, model);
  const layout = model === undefined ? guessLayout(end.head) : layoutOf(model);
  return end.interior === undefined
    ? insertAfter(end.gap ?? layout.gap, fields, layout)
    : insertFirst(end.interior, end.indent, fields, layout);
}

/** A line of its own. */
function insertLine({ interior, head }: ListEnd, fields: JsonObject, model: string | undefined): Insertion {
  const layout = model === undefined ? { ...defaultLayout, colon: ':', gap: '' } : layoutOf(model);
  const lineBreak = head.includes('\r\n') ? '\r\n' : '\n';
  const entry = render(fields, layout, undefined);
  if (interior === undefined) return { before: lineBreak, entry, after: '' };
  return { before: '', entry, after: interior.includes('\n') ? '' : lineBreak };
}

function insertAfter(gap: string, fields: JsonObject, layout: Layout): Insertion {
  const indent = layout.indent === undefined ? undefined : (indentAt(gap, gap.length) ?? layout.indent);
  return { before: `,${gap}`, entry: render(fields, layout, indent), after: '' };
}

/** Between the brackets of an empty list; white space that stands there already stays. */
function insertFirst(interior: string, outer: string, fields: JsonObject, layout: Layout): Insertion {
  if (layout.indent === undefined) return { before: '', entry: render(fields, layout, undefined), after: '' };
  const inner = outer + layout.unit;
  return {
    before: layout.lineBreak + inner,
    entry: render(fields, layout, inner),
    after: interior.includes('\n') ? '' : layout.lineBreak + outer,
  };
}

/** How a file without any entry is laid out, as far as its beginning shows. */
function guessLayout(text: string): Layout {
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

const reach = 4096;
const blank = /^[ \t\r\n]*$/;

/** Reads how a list ends. `lastStart` is where its last entry begins. */
export async function listEndOf(
  bytesAt: (start: number, end: number) => Promise<Uint8Array>,
  { start, end }: ListPlace,
  lastStart: number | undefined,
): Promise<ListEnd> {
  const textAt = async (from: number, to: number) => latin1.decode(await bytesAt(Math.max(0, from), to));
  const close = end - 1;
  // White space at the end may be long, but that it is longer than the reach is rare.
  let tail = '';
  for (let size = reach; blank.test(tail) && tail.length < close - start - 1; size *= 8) {
    tail = await textAt(Math.max(start + 1, close - size), close);
  }
  const isEmpty = blank.test(tail);
  const line = await textAt(start - reach, start);
  return {
    interior: isEmpty ? tail : undefined,
    at: isEmpty ? start + 1 : close - (tail.length - tail.trimEnd().length),
    gap:
      lastStart === undefined
        ? undefined
        : /[ \t\r\n]*$/.exec(await textAt(Math.max(start + 1, lastStart - reach), lastStart))?.[0],
    indent: /^[ \t]*/.exec(line.slice(line.lastIndexOf('\n') + 1))?.[0] ?? '',
    head: await textAt(0, reach),
  };
}

/** One character a byte: only white space is looked at, and offsets must be those of the file. */
const latin1 = new TextDecoder('latin1');
