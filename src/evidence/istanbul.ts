import * as z from 'zod';
import { type Covered, coverageEvidence, percentOf } from './coverage.ts';
import { fileCoverage, isWhole, totalsOf } from './istanbul-files.ts';
import { jsonFormat } from './json-report.ts';
import type { Coverage } from './types.ts';
import { Unreadable } from './unreadable.ts';

const count = z.int().min(0);

/** `pct` is `"Unknown"` for a share of nothing. */
const totals = z.object({ total: count, covered: count, pct: z.union([z.number(), z.string()]).nullish() });

const summary = z.object({
  lines: totals,
  statements: totals.optional(),
  functions: totals.optional(),
  branches: totals.optional(),
});
type Summary = z.output<typeof summary>;

const parts = ['lines', 'statements', 'functions', 'branches'] as const satisfies (keyof Coverage)[];

/**
 * Istanbul's JSON, as written by Istanbul, nyc, c8, Jest, Vitest and Karma: `coverage-summary.json` (reporter
 * `json-summary`) with a total and one entry per file, and `coverage-final.json` (reporter `json`), the counters
 * of every statement, function and branch, of which the same summary is made.
 */
export const istanbul = jsonFormat({
  name: 'istanbul',
  kind: 'coverage',
  title: 'Istanbul coverage JSON',
  detect: (head) =>
    /^\s*\{\s*"total"\s*:\s*\{\s*"(lines|statements|functions|branches|branchesTrue)"\s*:\s*\{/.test(head) ||
    /^\s*\{\s*"[^"]*"\s*:\s*\{\s*"(path|statementMap|hash|_coverageSchema|all)"\s*:/.test(head),
  schema: z.record(z.string(), z.unknown()),
  interpret(report) {
    const files = Object.entries(report);
    const { total, ...perFile } = report;
    if (total === undefined || isFileCoverage(total)) return fromCounters(files);
    const summed = readAs(summary, 'total', total);
    const entries = Object.entries(perFile).map(([file, entry]) => readAs(summary, file, entry));
    return coverageEvidence('istanbul', percentagesOf(summed), contradictions(summed, entries));
  },
});

/** A file may itself be called "total". */
function isFileCoverage(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'statementMap' in entry;
}

function fromCounters(files: [string, unknown][]) {
  if (files.length === 0) throw new Unreadable('nothing was measured: it holds no file');
  const counters = files.map(([file, entry]) => readAs(fileCoverage, file, entry));
  const problems = files
    .filter((_, at) => counters[at] && !isWhole(counters[at]))
    .map(([file]) => `${file} does not have one counter for each statement, function and branch`);
  return coverageEvidence('istanbul', percentagesOf(totalsOf(counters)), problems);
}

function readAs<Schema extends z.ZodType>(schema: Schema, name: string, entry: unknown): z.output<Schema> {
  const parsed = schema.safeParse(entry);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = [name, ...(issue?.path ?? [])].join('.');
  throw new Unreadable(`not in the format of Istanbul coverage JSON: ${where}: ${issue?.message}`);
}

type Totals = { [Part in keyof Coverage]?: Covered | undefined };

function percentagesOf(all: Totals): { [Part in keyof Coverage]: number | undefined } {
  return Object.fromEntries(parts.map((part) => [part, all[part] && percentOf(all[part])]));
}

/** How far `pct` may be from its counts; it is cut to two digits. */
const rounding = 0.1;

function contradictions(total: Summary, files: readonly Summary[]): string[] {
  return parts.flatMap((part) => {
    const whole = total[part];
    if (!whole) return [];
    const { covered, pct } = whole;
    const problems: string[] = [];
    if (covered > whole.total) problems.push(`${covered} of ${whole.total} ${part} are covered`);
    const percent = percentOf(whole);
    if (percent !== undefined && typeof pct === 'number' && Math.abs(percent - pct) > rounding)
      problems.push(`${covered} of ${whole.total} ${part} are covered, but the total says ${pct}%`);
    const listed = sumOf(files, part);
    if (files.length > 0 && (listed.total !== whole.total || listed.covered !== covered))
      problems.push(
        `the total counts ${covered} of ${whole.total} ${part}, its files ${listed.covered} of ${listed.total}`,
      );
    return problems;
  });
}

function sumOf(files: readonly Summary[], part: (typeof parts)[number]): Covered {
  const sum: Covered = { total: 0, covered: 0 };
  for (const file of files) {
    sum.total += file[part]?.total ?? 0;
    sum.covered += file[part]?.covered ?? 0;
  }
  return sum;
}
