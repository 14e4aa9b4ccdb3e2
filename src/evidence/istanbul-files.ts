import * as z from 'zod';
import type { Covered } from './coverage.ts';

const hits = z.number();

/** The counters of one file, by the number that its map gives each statement, function and branch. */
export const fileCoverage = z.object({
  statementMap: z.record(z.string(), z.object({ start: z.object({ line: z.number() }) })),
  s: z.record(z.string(), hits),
  f: z.record(z.string(), hits),
  /** One counter per way that a branch may take. */
  b: z.record(z.string(), z.array(hits)),
  fnMap: z.record(z.string(), z.unknown()),
  branchMap: z.record(z.string(), z.unknown()),
});
type FileCoverage = z.output<typeof fileCoverage>;

/** Whether every statement, function and branch has a counter, and no others do. */
export function isWhole({ statementMap, s, fnMap, f, branchMap, b }: FileCoverage): boolean {
  const pairs = [
    [statementMap, s],
    [fnMap, f],
    [branchMap, b],
  ] as const;
  return pairs.every(
    ([map, counters]) =>
      Object.keys(map).length === Object.keys(counters).length &&
      Object.keys(map).every((id) => Object.hasOwn(counters, id)),
  );
}

/** Sums files up as Istanbul does (istanbul-lib-coverage, `FileCoverage.toSummary`). */
export function totalsOf(
  files: readonly FileCoverage[],
): Record<'lines' | 'statements' | 'functions' | 'branches', Covered> {
  const none = (): Covered => ({ total: 0, covered: 0 });
  const totals = { lines: none(), statements: none(), functions: none(), branches: none() };
  for (const file of files) {
    add(totals.lines, linesOf(file));
    add(totals.statements, Object.values(file.s));
    add(totals.functions, Object.values(file.f));
    add(totals.branches, Object.values(file.b).flat());
  }
  return totals;
}

/** A line is hit as often as the statement that starts on it and is hit most. */
function linesOf({ statementMap, s }: FileCoverage): Iterable<number> {
  const lines = new Map<number, number>();
  for (const [id, { start }] of Object.entries(statementMap)) {
    lines.set(start.line, Math.max(lines.get(start.line) ?? 0, s[id] ?? 0));
  }
  return lines.values();
}

function add(sum: Covered, counters: Iterable<number>): void {
  for (const counter of counters) {
    sum.total++;
    if (counter > 0) sum.covered++;
  }
}
