/** JSON as a tree in which a key may stand twice, which no object can hold. */
export type JsonNode =
  | { kind: 'object'; entries: [key: string, value: JsonNode][] }
  | { kind: 'array'; items: JsonNode[] }
  | { kind: 'text'; text: string };

/** Deeper trees are not changed further. */
const maxDepth = 300;

/** The tree of a JSON text. @throws SyntaxError, RangeError */
export function parseTree(text: string): JsonNode {
  return treeOf(JSON.parse(text), 0);
}

function treeOf(value: unknown, depth: number): JsonNode {
  if (depth > maxDepth) throw new RangeError('nested too deep');
  if (Array.isArray(value)) return { kind: 'array', items: value.map((one) => treeOf(one, depth + 1)) };
  if (typeof value !== 'object' || value === null) return { kind: 'text', text: JSON.stringify(value) };
  return {
    kind: 'object',
    entries: Object.entries(value).map(([key, one]) => [key, treeOf(one, depth + 1)]),
  };
}

export function writeTree(node: JsonNode, indent = '', step = ''): string {
  if (node.kind === 'text') return node.text;
  const inner = indent + step;
  const parts =
    node.kind === 'array'
      ? node.items.map((item) => writeTree(item, inner, step))
      : node.entries.map(
          ([key, value]) => `${JSON.stringify(key)}:${step && ' '}${writeTree(value, inner, step)}`,
        );
  const [open, close] = node.kind === 'array' ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return open + close;
  const border = step === '' ? '' : `\n${inner}`;
  const end = step === '' ? '' : `\n${indent}`;
  return `${open}${border}${parts.join(`,${border}`)}${end}${close}`;
}

/** Every node of a tree, the outer before the inner. */
export function nodesOf(node: JsonNode): JsonNode[] {
  const inner =
    node.kind === 'array' ? node.items : node.kind === 'object' ? node.entries.map(([, one]) => one) : [];
  return [node, ...inner.flatMap(nodesOf)];
}
