import { testimonyOf } from '../../../src/evidence/predicates/index.ts';
import type { Asked, Testimony } from '../../../src/evidence/predicates/types.ts';

/** What the tests of predicates ask for. */
export const commit = 'd20ace7968ba43c0219f62d71334c1095bab1602';
export const artifact = 'fe4fe40ac7250263c5dbe1cf3138912f3f416140aa248637a60d65fe22c47da4';
export const time = '2026-06-01T12:00:00Z';

export function ask(
  predicateType: string,
  predicate: unknown,
  asked: Partial<Asked> = {},
  subjects: { name?: string; digest: Record<string, string> }[] = [{ digest: { gitCommit: commit } }],
): Testimony {
  return testimonyOf(
    { predicateType, predicate, subjects },
    {
      project: 'shop',
      check: 'unit',
      definitionDigest: 'sha256:def',
      commit,
      tree: 'tree',
      statement: { kind: 'report' },
      ...asked,
    },
  );
}
