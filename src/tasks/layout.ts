import { type Node, parseTree } from 'jsonc-parser';
import { isObject } from './json-values.ts';

/** How an entry is laid out, so that what is added to it looks as if its author had written it. */
export interface Layout {
  lineBreak: '\n' | '\r\n';
  /** White space of one level. */
  unit: string;
  /** Between a key and its value. */
  colon: string;
  /** After a comma, where things stand on one line. */
  gap: string;
  /** Inside the braces of an object on one line. */
  padding: string;
  hasInlineArrays: boolean;
  /** White space in front of the entry's closing brace; missing for an entry on one line. */
  indent?: string;
}

/** How new entries look where there is none to learn from. */
export const defaultLayout: Layout = {
  lineBreak: '\n',
  unit: '  ',
  colon: ': ',
  gap: ' ',
  padding: '',
  hasInlineArrays: false,
};

/** Reads the layout off an entry's text. */
export function layoutOf(text: string): Layout {
  const root = parseTree(text);
  const [first, second] = root?.children ?? [];
  const [key, value] = first?.children ?? [];
  if (!root || !first || !key || !value) return defaultLayout;
  const colon = text.slice(endOf(key), value.offset);
  const indentOfMembers = indentAt(text, key.offset);
  const gap = colon.endsWith(' ') ? ' ' : '';
  if (indentOfMembers === undefined) {
    const padding = text.slice(root.offset + 1, key.offset);
    const between = second && text.slice(text.indexOf(',', endOf(first)) + 1, second.offset);
    return { ...defaultLayout, colon, gap: between ?? gap, padding };
  }
  const indent = indentAt(text, endOf(root) - 1) ?? '';
  return {
    lineBreak: text.includes('\r\n') ? '\r\n' : '\n',
    unit: indentOfMembers.startsWith(indent) ? indentOfMembers.slice(indent.length) : defaultLayout.unit,
    colon,
    gap,
    padding: '',
    hasInlineArrays: someNode(root, (node) => isInlineArray(text, node)),
    indent,
  };
}

/** The white space in front of a place, when nothing else stands before it on its line; else undefined. */
export function indentAt(text: string, offset: number): string | undefined {
  let start = offset;
  while (text[start - 1] === ' ' || text[start - 1] === '\t') start -= 1;
  const isLineStart = text[start - 1] === '\n' || text[start - 1] === '\r';
  return isLineStart ? text.slice(start, offset) : undefined;
}

/**
 * Writes a value. `indent` is that of the line on which it begins; without one it stays on that line.
 * A bigint is written as the number that it is.
 */
export function render(value: unknown, layout: Layout, indent: string | undefined): string {
  if (Array.isArray(value)) {
    const isInline = layout.hasInlineArrays && !value.some((item) => typeof item === 'object');
    const own = isInline ? undefined : indent;
    const items = value.map((item) => render(item, layout, innerIndent(layout, own)));
    return wrapItems('[', items, ']', layout, own);
  }
  if (isObject(value)) {
    const members = Object.entries(value).map(
      ([name, item]) =>
        JSON.stringify(name) + layout.colon + render(item, layout, innerIndent(layout, indent)),
    );
    return wrapItems('{', members, '}', layout, indent);
  }
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

function innerIndent({ unit }: Layout, indent: string | undefined): string | undefined {
  return indent === undefined ? undefined : indent + unit;
}

function wrapItems(
  open: '[' | '{',
  items: readonly string[],
  close: ']' | '}',
  layout: Layout,
  indent: string | undefined,
): string {
  if (items.length === 0) return open + close;
  if (indent === undefined) {
    const edge = open === '{' ? layout.padding : '';
    return open + edge + items.join(`,${layout.gap}`) + edge + close;
  }
  const lineStart = layout.lineBreak + indent + layout.unit;
  return open + lineStart + items.join(`,${lineStart}`) + layout.lineBreak + indent + close;
}

function isInlineArray(text: string, node: Node): boolean {
  const isEmpty = (node.children ?? []).length === 0;
  return node.type === 'array' && !isEmpty && !text.slice(node.offset, endOf(node)).includes('\n');
}

function endOf({ offset, length }: Node): number {
  return offset + length;
}

function someNode(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || (node.children ?? []).some((child) => someNode(child, test));
}
