import type { Mutation } from './mutations.ts';
import type { Random } from './random.ts';
import { elementsOf, parseXml, writeXml, written, type XmlElement } from './xml-tree.ts';

/** What happens to XML that stays XML, or nearly does. */

function ofTree(change: (root: XmlElement, random: Random) => boolean): Mutation['apply'] {
  return (report, random) => {
    const tree = parseXml(report.toString());
    if (!tree || !change(tree.root, random)) return undefined;
    return Buffer.from(writeXml(tree));
  };
}

/** Changes the children of an element, at one that is an element. */
function atChild(
  change: (
    child: XmlElement,
    children: XmlElement['children'],
    at: number,
    root: XmlElement,
    random: Random,
  ) => void,
): Mutation['apply'] {
  return ofTree((root, random) => {
    const inner = elementsOf(root).filter(({ parent }) => parent !== undefined);
    if (inner.length === 0) return false;
    const { element, parent } = random.pick(inner);
    const children = parent?.children ?? [];
    change(element, children, children.indexOf(element), root, random);
    return true;
  });
}

function atAttribute(
  change: (attributes: XmlElement['attributes'], at: number, root: XmlElement, random: Random) => void,
): Mutation['apply'] {
  return ofTree((root, random) => {
    const having = elementsOf(root).filter(({ element }) => element.attributes.length > 0);
    if (having.length === 0) return false;
    const { attributes } = random.pick(having).element;
    change(attributes, random.below(attributes.length), root, random);
    return true;
  });
}

const words = [
  '',
  '0',
  '-1',
  '1e999',
  'NaN',
  '99999999999999999999',
  'true',
  'passed',
  'Passed',
  'toString',
  '__proto__',
  '\u202E',
];
const names = [
  'a',
  'failure',
  'error',
  'skipped',
  'system-out',
  'properties',
  'testcase',
  'testsuite',
  'constructor',
];

function someName(root: XmlElement, random: Random): string {
  return random.chance(0.5) ? random.pick(elementsOf(root)).element.name : random.pick(names);
}

function someWord(root: XmlElement, random: Random): string {
  if (random.chance(0.2)) return 'x'.repeat(random.pick([700, 100_000]));
  const known = elementsOf(root).flatMap(({ element }) => element.attributes.map(([, value]) => value));
  return random.chance(0.5) && known.length > 0 ? random.pick(known) : random.pick(words);
}

export const xmlMutations: readonly Mutation[] = [
  { name: 'an element is missing', apply: atChild((_, children, at) => void children.splice(at, 1)) },
  {
    name: 'an element comes twice',
    apply: atChild((child, children, at) => void children.splice(at, 0, structuredClone(child))),
  },
  {
    name: 'an element a thousand times',
    apply: atChild((child, children, at) => {
      const times = Math.min(1_000, Math.floor(100_000 / written(child).length));
      children.splice(at, 0, ...Array<XmlElement>(times).fill(child));
    }),
  },
  {
    name: 'an element elsewhere',
    apply: atChild((child, children, at, root, random) => {
      children.splice(at, 1);
      const home = random.pick(elementsOf(root)).element.children;
      home.splice(random.below(home.length + 1), 0, child);
    }),
  },
  {
    name: 'elements in any order',
    apply: atChild((_, children, __, ___, random) => {
      children.splice(0, children.length, ...random.shuffled(children));
    }),
  },
  {
    name: 'an element without its tags',
    apply: atChild((child, children, at) => void children.splice(at, 1, ...child.children)),
  },
  {
    name: 'an element in another',
    apply: atChild((child, children, at, root, random) => {
      children.splice(at, 1, { name: someName(root, random), attributes: [], children: [child] });
    }),
  },
  {
    name: 'an element of another name',
    apply: atChild((child, _, __, root, random) => {
      child.name = someName(root, random);
    }),
  },
  {
    name: 'an element in a comment or CDATA',
    apply: atChild((child, _, __, ___, random) => {
      child.around = random.pick([
        ['<!--', '-->'],
        ['<![CDATA[', ']]>'],
        ['<?', '?>'],
      ]);
    }),
  },
  {
    name: 'another text',
    apply: atChild((child, _, __, root, random) => {
      child.children = [someWord(root, random)];
    }),
  },
  { name: 'an attribute is missing', apply: atAttribute((attributes, at) => void attributes.splice(at, 1)) },
  {
    name: 'an attribute comes twice',
    apply: atAttribute((attributes, at, root, random) => {
      attributes.push([attributes[at]?.[0] ?? 'a', someWord(root, random)]);
    }),
  },
  {
    name: 'another value of an attribute',
    apply: atAttribute((attributes, at, root, random) => {
      const attribute = attributes[at];
      if (attribute) attribute[1] = someWord(root, random);
    }),
  },
  {
    name: 'an attribute of another name',
    apply: atAttribute((attributes, at, root, random) => {
      const known = elementsOf(root).flatMap(({ element }) => element.attributes.map(([name]) => name));
      const attribute = attributes[at];
      if (attribute) attribute[0] = random.pick(known);
    }),
  },
  {
    name: 'attributes in any order',
    apply: atAttribute((attributes, _, __, random) => {
      attributes.splice(0, attributes.length, ...random.shuffled(attributes));
    }),
  },
];
