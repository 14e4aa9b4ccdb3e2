import { type JsonNode, nodesOf, parseTree, writeTree } from './json-tree.ts';
import type { Mutation } from './mutations.ts';
import type { Random } from './random.ts';

/** What happens to JSON that stays JSON. Of JSON Lines one line is changed. */

type Change = (root: JsonNode, random: Random) => boolean;

function ofTree(change: Change): Mutation['apply'] {
  return (report, random) => {
    const text = report.toString();
    const whole = treeIn(text);
    if (whole) {
      if (!change(whole, random)) return undefined;
      return Buffer.from(writeTree(whole, '', random.pick(['', '  '])));
    }
    const lines = text.split('\n');
    const at = random.below(lines.length);
    const line = treeIn(lines[at] ?? '');
    if (!line || !change(line, random)) return undefined;
    lines[at] = writeTree(line);
    return Buffer.from(lines.join('\n'));
  };
}

function treeIn(text: string): JsonNode | undefined {
  try {
    return parseTree(text);
  } catch {
    return undefined;
  }
}

const text = (value: string): JsonNode => ({ kind: 'text', text: value });
const strings = [
  '',
  '__proto__',
  'constructor',
  'toString',
  'passed',
  'failed',
  'none',
  '\u0000\u001B[31m\u202E',
  '\uD800',
];
const values = [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '-0',
  '1',
  '1e999',
  '1e308',
  '0.5',
  '9007199254740993',
  'NaN',
];
const keys = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '',
  '\u202E\u001B[31mx',
  'x'.repeat(5_000),
];

function someValue(root: JsonNode, random: Random): JsonNode {
  const deep = random.pick([10, 2_000]);
  return random.pick<() => JsonNode>([
    () => text(random.pick(values)),
    () => text(random.pick(values)),
    () => text(JSON.stringify(random.pick(strings))),
    () => text(JSON.stringify('x'.repeat(random.pick([700, 50_000])))),
    () => ({ kind: 'array', items: [] }),
    () => ({ kind: 'object', entries: [] }),
    () => text('['.repeat(deep) + ']'.repeat(deep)),
    () => structuredClone(random.pick(nodesOf(root))),
  ])();
}

function containers<Kind extends 'object' | 'array'>(root: JsonNode, kind: Kind) {
  return nodesOf(root).filter(
    (node): node is Extract<JsonNode, { kind: Kind }> =>
      node.kind === kind &&
      (node.kind === 'object' ? node.entries : (node as { items: JsonNode[] }).items).length > 0,
  );
}

/** Changes an object that has entries. */
function inObject(
  change: (entries: [string, JsonNode][], at: number, root: JsonNode, random: Random) => void,
): Mutation['apply'] {
  return ofTree((root, random) => {
    const objects = containers(root, 'object');
    if (objects.length === 0) return false;
    const { entries } = random.pick(objects);
    change(entries, random.below(entries.length), root, random);
    return true;
  });
}

/** Changes a list that has items. */
function inArray(
  change: (items: JsonNode[], at: number, root: JsonNode, random: Random) => void,
): Mutation['apply'] {
  return ofTree((root, random) => {
    const arrays = containers(root, 'array');
    if (arrays.length === 0) return false;
    const { items } = random.pick(arrays);
    change(items, random.below(items.length), root, random);
    return true;
  });
}

function become(node: JsonNode, other: JsonNode): void {
  for (const key of Object.keys(node)) delete (node as Record<string, unknown>)[key];
  Object.assign(node, other);
}

function someKey(root: JsonNode, random: Random): string {
  const known = nodesOf(root).flatMap((node) =>
    node.kind === 'object' ? node.entries.map(([key]) => key) : [],
  );
  return random.chance(0.5) && known.length > 0 ? random.pick(known) : random.pick(keys);
}

export const jsonMutations: readonly Mutation[] = [
  {
    name: 'another value',
    apply: ofTree((root, random) => {
      become(random.pick(nodesOf(root)), someValue(root, random));
      return true;
    }),
  },
  {
    name: 'another number',
    apply: ofTree((root, random) => {
      const numbers = nodesOf(root).filter((node) => node.kind === 'text' && /^-?\d/.test(node.text));
      if (numbers.length === 0) return false;
      const node = random.pick(numbers);
      const before = node.kind === 'text' ? Number(node.text) : 0;
      const after = random.pick([
        '0',
        '-1',
        '1e999',
        String(-before),
        String(before + 1),
        String(before / 1_000),
      ]);
      become(node, text(after));
      return true;
    }),
  },
  { name: 'an entry is missing', apply: inObject((entries, at) => void entries.splice(at, 1)) },
  { name: 'an item is missing', apply: inArray((items, at) => void items.splice(at, 1)) },
  { name: 'a list is empty', apply: inArray((items) => void items.splice(0)) },
  {
    name: 'an item comes twice',
    apply: inArray((items, at) => void items.splice(at, 0, structuredClone(items[at] as JsonNode))),
  },
  {
    name: 'a key twice',
    apply: inObject((entries, at, root, random) => {
      const [key] = entries[at] ?? [''];
      entries.splice(random.below(entries.length + 1), 0, [key, someValue(root, random)]);
    }),
  },
  {
    name: 'another key',
    apply: inObject((entries, at, root, random) => {
      const entry = entries[at];
      if (entry) entry[0] = someKey(root, random);
    }),
  },
  {
    name: 'an entry more',
    apply: inObject((entries, at, root, random) => {
      entries.splice(at, 0, [someKey(root, random), someValue(root, random)]);
    }),
  },
  {
    name: 'keys in any order',
    apply: inObject((entries, _, __, random) => {
      entries.splice(0, entries.length, ...random.shuffled(entries));
    }),
  },
  {
    name: 'items in any order',
    apply: inArray((items, _, __, random) => void items.splice(0, items.length, ...random.shuffled(items))),
  },
  {
    name: 'an item a thousand times',
    apply: inArray((items, at) => {
      const item = items[at] as JsonNode;
      const times = Math.min(1_000, Math.floor(100_000 / writeTree(item).length));
      items.push(...Array<JsonNode>(times).fill(item));
    }),
  },
  {
    name: 'a thousand entries',
    apply: inObject((entries, at) => {
      const [key, value] = entries[at] ?? ['', text('0')];
      const times = Math.min(1_000, Math.floor(100_000 / (key.length + writeTree(value).length)));
      for (let index = 0; index < times; index++) entries.push([`${key}${index}`, value]);
    }),
  },
  {
    name: 'two values change places',
    apply: ofTree((root, random) => {
      const nodes = nodesOf(root);
      const [one, other] = [random.pick(nodes), random.pick(nodes)];
      if (nodesOf(one).includes(other) || nodesOf(other).includes(one)) return false;
      const copy = structuredClone(one);
      become(one, structuredClone(other));
      become(other, copy);
      return true;
    }),
  },
  {
    name: 'a value in a list of its own',
    apply: ofTree((root, random) => {
      const node = random.pick(nodesOf(root));
      become(node, { kind: 'array', items: [structuredClone(node)] });
      return true;
    }),
  },
  {
    name: 'a list without its brackets',
    apply: ofTree((root, random) => {
      const arrays = containers(root, 'array');
      if (arrays.length === 0) return false;
      const array = random.pick(arrays);
      become(array, structuredClone(random.pick(array.items)));
      return true;
    }),
  },
];
