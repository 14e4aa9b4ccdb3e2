import { allocate } from './memory';

/**
 * In which arrays and objects a byte stands, from the list inwards: a node of a tree, of which each sequence of
 * brackets that occurs is in it once, so that two places are alike when their nodes are the same one.
 */

const maxNodes: i32 = 4096;
const nodes: usize = allocate(<usize>maxNodes << 4); // per node: parent, depth << 1 | isObject, child array, child object

/** The list itself. */
export const list: usize = nodes;
let count: i32 = 1;

// @ts-ignore: decorator
@inline
export function isObject(node: usize): bool {
  return (load<u32>(node, 4) & 1) != 0;
}

/** 0 for the list, 1 for an entry. */
// @ts-ignore: decorator
@inline
export function depthOf(node: usize): u32 {
  return load<u32>(node, 4) >> 1;
}

// @ts-ignore: decorator
@inline
export function outer(node: usize): usize {
  return <usize>load<u32>(node);
}

/** An array or object in a node. @returns 0 where there is no more room */
export function inner(node: usize, isObject: bool): usize {
  const place = node + 8 + (<usize>isObject << 2);
  const known = <usize>load<u32>(place);
  if (known != 0) return known;
  if (count == maxNodes) return 0;
  const made = nodes + (<usize>count << 4);
  count += 1;
  store<u32>(made, <u32>node);
  store<u32>(made, ((depthOf(node) + 1) << 1) | <u32>isObject, 4);
  store<u32>(place, <u32>made);
  return made;
}
