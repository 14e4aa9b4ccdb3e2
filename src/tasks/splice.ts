import { applyEdits, type Edit, type Node, parseTree } from 'jsonc-parser';
import { isObject, type JsonObject, jsonEqual } from './json-values.ts';
import { indentAt, type Layout, layoutOf, render } from './layout.ts';

/**
 * Edits one entry's text so that nothing but the changed values changes: not the indentation, the order of keys,
 * the spelling of numbers or the escapes of what stands beside them.
 *
 * The tree with its offsets comes from jsonc-parser. Its own `modify` is not used: it changes the first of
 * repeated keys (the last is the effective one) and lays out the lines it touches anew.
 */

/** One field and what it becomes; without `value` it is removed. */
export interface FieldEdit {
  path: readonly string[];
  value?: unknown;
}

/**
 * The entry's text after one edit. Objects missing on the way are created.
 * The text must be valid JSON, and what stands on the way an object or null.
 */
export function spliceField(text: string, edit: FieldEdit): string {
  const { path, value } = edit;
  let node = treeOf(text);
  const draft = { text, layout: layoutOf(text) };
  for (const [depth, key] of path.entries()) {
    const isLast = depth === path.length - 1;
    const next = lastProperty(node, key)?.value;
    if (!isLast && next?.type === 'object') {
      node = next;
      continue;
    }
    if (value === undefined) return isLast ? applyEdits(text, editObject(draft, node, {}, [key])) : text;
    const created = path.slice(depth + 1).reduceRight((inner, name) => ({ [name]: inner }), value);
    return applyEdits(text, editObject(draft, node, { [key]: created }, []));
  }
  return text;
}

/** How the value at a path is spelled. The path must exist. */
export function sourceAt(text: string, path: readonly string[]): string {
  let node: Node | undefined = treeOf(text);
  for (const key of path) node = node && lastProperty(node, key)?.value;
  if (!node) throw new Error(`no value at ${path.join('.')}`);
  return slice(text, node);
}

interface Draft {
  text: string;
  layout: Layout;
}

interface Property {
  key: Node;
  value: Node;
}

function treeOf(text: string): Node {
  const root = parseTree(text);
  if (root?.type !== 'object') throw new Error('an entry must be a JSON object');
  return root;
}

function propertiesOf(node: Node): Property[] {
  return (node.children ?? []).map(({ children }) => {
    const [key, value] = children ?? [];
    if (!key || !value) throw new Error('a property must have a key and a value');
    return { key, value };
  });
}

function lastProperty(node: Node, name: string): Property | undefined {
  return lastOf(propertiesOf(node), name);
}

/** The effective one of repeated keys. */
function lastOf(properties: readonly Property[], name: string): Property | undefined {
  return properties.findLast(({ key }) => key.value === name);
}

function slice(text: string, node: Node): string {
  return text.slice(node.offset, endOf(node));
}

function endOf({ offset, length }: Node): number {
  return offset + length;
}

function editObject(draft: Draft, node: Node, assigned: JsonObject, removed: readonly string[]): Edit[] {
  const { text, layout } = draft;
  const properties = propertiesOf(node);
  const kept = properties.filter(({ key }) => !removed.includes(key.value));
  const added = Object.keys(assigned).filter((name) => !kept.some(({ key }) => key.value === name));
  const last = kept.at(-1);
  if (!last) {
    const whole = Object.fromEntries(added.map((name) => [name, assigned[name]]));
    return [replace(draft, node, whole)];
  }
  const changed = kept.flatMap((property) => {
    const name: string = property.key.value;
    const isEffective = property === lastOf(kept, name);
    return isEffective && Object.hasOwn(assigned, name)
      ? editValue(draft, property.value, assigned[name])
      : [];
  });
  const indent = indentAt(text, last.key.offset);
  const opening = `,${gapBefore(text, properties, last) || layout.gap}`;
  const colon = text.slice(endOf(last.key), last.value.offset);
  const content = added
    .map((name) => opening + JSON.stringify(name) + colon + render(assigned[name], layout, indent))
    .join('');
  const insertions = content === '' ? [] : [{ offset: endOf(last.value), length: 0, content }];
  return [...changed, ...insertions, ...removals(properties, kept)];
}

/** Makes a value another one with the fewest edits: what is equal inside it keeps its bytes. */
function editValue(draft: Draft, node: Node, value: unknown): Edit[] {
  const current: unknown = JSON.parse(slice(draft.text, node));
  if (jsonEqual(current, value)) return [];
  if (isObject(current) && isObject(value)) {
    const gone = Object.keys(current).filter((name) => !Object.hasOwn(value, name));
    return editObject(draft, node, value, gone);
  }
  if (Array.isArray(current) && Array.isArray(value) && current.length === value.length) {
    return (node.children ?? []).flatMap((child, index) => editValue(draft, child, value[index]));
  }
  return [replace(draft, node, value)];
}

function replace({ text, layout }: Draft, node: Node, value: unknown): Edit {
  // A value is indented as the line of its key is; in an array as its own line.
  const anchor = node.parent?.type === 'property' ? node.parent : node;
  return {
    offset: node.offset,
    length: node.length,
    content: render(value, layout, indentAt(text, anchor.offset)),
  };
}

/** Cuts each removed property with the comma that belongs to it. At least one property is kept. */
function removals(properties: readonly Property[], kept: readonly Property[]): Edit[] {
  const edits: Edit[] = [];
  const firstKept = properties.findIndex((property) => kept.includes(property));
  const [first] = properties;
  const start = properties[firstKept];
  if (first && start && firstKept > 0) {
    edits.push({ offset: first.key.offset, length: start.key.offset - first.key.offset, content: '' });
  }
  for (const [index, property] of properties.entries()) {
    const previous = properties[index - 1];
    if (index <= firstKept || kept.includes(property) || !previous) continue;
    const offset = endOf(previous.value);
    edits.push({ offset, length: endOf(property.value) - offset, content: '' });
  }
  return edits;
}

/** The white space in front of a property's key. */
function gapBefore(text: string, properties: readonly Property[], property: Property): string {
  const previous = properties[properties.indexOf(property) - 1];
  const from = previous
    ? text.indexOf(',', endOf(previous.value))
    : (property.key.parent?.parent?.offset ?? 0);
  return text.slice(from + 1, property.key.offset);
}
