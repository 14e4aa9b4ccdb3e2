import { byteMutations } from './mutate-bytes.ts';
import { jsonMutations } from './mutate-json.ts';
import { lineMutations } from './mutate-lines.ts';
import { xmlMutations } from './mutate-xml.ts';
import type { Random } from './random.ts';

/** One way in which a report may come to be another. */
export interface Mutation {
  name: string;
  /** Takes something off the end, and nothing else. */
  cuts?: boolean;
  /** Undefined where the report has nothing that it could be done to. */
  apply(report: Buffer, random: Random): Buffer | undefined;
}

export interface Mutated {
  report: Buffer;
  /** What was done to it, in this order. */
  done: Mutation[];
}

/** Larger reports are not mutated on: the same again would take their size without end. */
const maxBytes = 256 * 1024;

/** A report after one to four mutations, mostly of the structure that it has. */
export function mutate(seed: Buffer, random: Random): Mutated {
  let report = seed;
  const done: Mutation[] = [];
  for (let left = 1 + Math.floor(random.next() ** 2 * 4); left > 0; left--) {
    if (report.length === 0 || report.length > maxBytes) break;
    const mutation = random.pick(familyFor(report, random));
    const changed = mutation.apply(report, random);
    if (!changed) continue;
    report = changed;
    done.push(mutation);
  }
  return { report, done };
}

function familyFor(report: Buffer, random: Random): readonly Mutation[] {
  const [first] = report.subarray(0, 100).toString().trimStart();
  if (random.chance(0.35)) return byteMutations;
  if (first === '<') return xmlMutations;
  if ((first === '{' || first === '[') && random.chance(0.85)) return jsonMutations;
  return lineMutations;
}
