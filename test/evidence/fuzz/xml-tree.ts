import { SaxesParser } from 'saxes';

/** XML as a tree that may be written wrong: with an attribute twice, or a comment around anything. */
export interface XmlElement {
  name: string;
  attributes: [name: string, value: string][];
  children: (XmlElement | string)[];
  /** Written around it. */
  around?: [before: string, after: string];
}

export interface XmlTree {
  prolog: string;
  root: XmlElement;
}

/** Deeper trees are not changed further. */
const maxDepth = 300;

/** The tree of an XML text, or undefined for what is not well-formed. Texts are kept as they are written. */
export function parseXml(text: string): XmlTree | undefined {
  const begin = text.search(/<[A-Za-z]/);
  if (begin === -1) return undefined;
  const holder: XmlElement = { name: '', attributes: [], children: [] };
  const open = [holder];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length > maxDepth) throw new RangeError('nested too deep');
    const element: XmlElement = { name, attributes: Object.entries(attributes), children: [] };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (part) => void open.at(-1)?.children.push(escaped(part)));
  parser.on('cdata', (part) => void open.at(-1)?.children.push(`<![CDATA[${part}]]>`));
  parser.on('comment', (part) => void open.at(-1)?.children.push(`<!--${part}-->`));
  try {
    parser.write(text).close();
  } catch {
    return undefined;
  }
  const root = holder.children.find((child) => typeof child !== 'string');
  return root === undefined || typeof root === 'string' ? undefined : { prolog: text.slice(0, begin), root };
}

export function writeXml({ prolog, root }: XmlTree): string {
  return `${prolog}${written(root)}\n`;
}

/** The text of an element. */
export function written({
  name,
  attributes,
  children,
  around: [before, after] = ['', ''],
}: XmlElement): string {
  const words = attributes.map(([key, value]) => ` ${key}="${escaped(value)}"`).join('');
  const inner = children.map((child) => (typeof child === 'string' ? child : written(child))).join('');
  const element = inner === '' ? `<${name}${words}/>` : `<${name}${words}>${inner}</${name}>`;
  return before + element + after;
}

function escaped(text: string): string {
  return text.replace(/[&<>"\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Every element of a tree with the one around it, the outer before the inner. */
export function elementsOf(
  root: XmlElement,
  parent?: XmlElement,
): { element: XmlElement; parent?: XmlElement }[] {
  const inner = root.children.flatMap((child) => (typeof child === 'string' ? [] : elementsOf(child, root)));
  return [{ element: root, ...(parent && { parent }) }, ...inner];
}
