import * as z from 'zod';
import { GoRun } from './go-run.ts';
import { type JsonLine, jsonLines } from './json-lines.ts';
import type { EvidenceFormat } from './types.ts';
import { evidenceFormat, reasonOf } from './unreadable.ts';

const event = z.object({
  Action: z.string(),
  Package: z.string().optional(),
  Test: z.string().optional(),
  Output: z.string().optional(),
  ImportPath: z.string().optional(),
  FailedBuild: z.string().optional(),
});

/**
 * `go test -json` (Go 1.10 and later; `go doc test2json`), gotestsum's `--jsonfile`, and `test2json` itself. Every
 * test that has an outcome counts, subtests and those around them alike, as Go's own tools count; a failure is listed
 * where it happened. A package that fails without a failing test (its build, `TestMain`, a panic) is an error, and so
 * is a test that does not end.
 */
export const goTest: EvidenceFormat = evidenceFormat({
  name: 'go-test',
  kind: 'tests',
  title: 'go test -json',
  detect: (head) => /^\{(?=[^\n]*"(?:Package|ImportPath|Test)":")[^\n]*"Action":"[a-z-]+"/m.test(head),
  async read(report) {
    const run = new GoRun();
    const problems: string[] = [];
    try {
      for await (const line of jsonLines(report)) {
        const problem = take(line, run);
        if (problem !== undefined && problems.length < maxProblems) problems.push(problem);
      }
    } catch (error) {
      problems.unshift(reasonOf(error));
    }
    problems.push(...run.end());
    return run.tally.evidence('go-test', problems);
  },
});

const maxProblems = 20;

/** What `go test` prints beside the events of a package that it cannot build or set up, before Go 1.24. */
const unbuilt = /^FAIL\s+(\S+)\s+\[(?:build|setup) failed\]/;

/** Takes one line in. Returns what is wrong with it. */
function take({ text, value }: JsonLine, run: GoRun): string | undefined {
  const { data } = event.safeParse(value);
  if (data) run.take(data);
  else if (/^\{\s*"/.test(text)) return `not a whole event: ${text.slice(0, 60)}`;
  else {
    // Other lines are what compilers and tests print.
    const [, name] = unbuilt.exec(text) ?? [];
    if (name !== undefined) run.fail(name, text);
  }
  return undefined;
}
