import type { RowView } from './task-index.ts';

/** One combination of words that some tasks have. */
export interface Facet {
  status: number;
  type: number;
  agent: number;
  priority: number;
  count: number;
}

const columns = ['status', 'type', 'agent', 'priority'] as const;

/**
 * The combinations of status, type, agent and priority among the tasks of an index. A million tasks have a few hundred
 * of them, so that a filter is decided, and its matches are counted, without looking at a task.
 */
export class Facets {
  readonly all: Facet[] = [];
  /** Which one each row has. */
  readonly #ofRow: Uint32Array;
  readonly #numbers = new Map<string, number>();

  constructor(view: RowView, count: number) {
    this.#ofRow = new Uint32Array(count);
    // Neighbours often differ in little: codes are joined to one number a step at a time, and each joint is known.
    const joints = columns.map(() => new Map<number, number>());
    let known = 0;
    const facetOfJoint: number[] = [];
    for (let row = 0; row < count; row += 1) {
      let joint = 0;
      for (const [at, column] of columns.entries()) {
        const key = joint * 2 ** 26 + (view[column][row] as number);
        const seen = joints[at]?.get(key);
        joint = seen ?? ++known;
        if (seen === undefined) joints[at]?.set(key, joint);
      }
      facetOfJoint[joint] ??= this.#numberOf(view, row);
      const facet = facetOfJoint[joint] as number;
      this.#ofRow[row] = facet;
      (this.all[facet] as Facet).count += 1;
    }
  }

  of(row: number): number {
    return this.#ofRow[row] as number;
  }

  /** Takes over what a row has become. */
  refresh(view: RowView, row: number): void {
    (this.all[this.of(row)] as Facet).count -= 1;
    const facet = this.#numberOf(view, row);
    this.#ofRow[row] = facet;
    (this.all[facet] as Facet).count += 1;
  }

  #numberOf(view: RowView, row: number): number {
    const [status = 0, type = 0, agent = 0, priority = 0] = columns.map((column) => view[column][row] ?? 0);
    const key = `${status} ${type} ${agent} ${priority}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.all.push({ status, type, agent, priority, count: 0 }) - 1;
    this.#numbers.set(key, number);
    return number;
  }
}
