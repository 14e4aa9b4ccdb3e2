import * as z from 'zod';
import { descriptor } from '../in-toto.ts';
import { firstIssue } from '../json-report.ts';
import { TestTally } from '../tests.ts';
import { Unreadable } from '../unreadable.ts';
import { Misaddressed, type PredicateKind } from './types.ts';

const names = z.array(z.string()).nullish();
const schema = z.object({
  result: z.enum(['PASSED', 'WARNED', 'FAILED']),
  configuration: z.array(descriptor).min(1),
  passedTests: names,
  warnedTests: names,
  failedTests: names,
  // The type has no times of its own; these are named as SLSA provenance names them.
  startedOn: z.string().nullish(),
  finishedOn: z.string().nullish(),
});

/**
 * in-toto's Test Result, v0.1: names of tests and how they ended. It names no check, so the definition names the
 * configuration that the tests must have been run with. A test that "passed with warnings" is a passed one.
 */
export const testResult: PredicateKind = {
  kind: 'testResult',
  types: ['https://in-toto.io/attestation/test-result/v0.1'],
  read(predicate, { statement }) {
    const parsed = schema.safeParse(predicate);
    if (!parsed.success) throw new Unreadable(`no test result: ${firstIssue(parsed.error)}`);
    const { result, configuration, passedTests, warnedTests, failedTests, startedOn, finishedOn } =
      parsed.data;
    const known = configuration.flatMap(({ name, uri }) => [name, uri]).filter((one) => one != null);
    if (statement.kind !== 'testResult' || !known.includes(statement.configuration))
      throw new Misaddressed(`is of the configuration ${known.join(', ') || 'without a name'}`);
    const tally = new TestTally();
    const passed = [...(passedTests ?? []), ...(warnedTests ?? [])];
    const failed = failedTests ?? [];
    for (const name of passed) tally.add({ outcome: 'passed', name });
    for (const name of failed) tally.add({ outcome: 'failed', name });
    return {
      startedAt: startedOn ?? undefined,
      finishedAt: finishedOn ?? undefined,
      proof: { evidence: tally.evidence('test-result', contradictions(result, passed, failed)) },
    };
  },
};

function contradictions(result: string, passed: readonly string[], failed: readonly string[]): string[] {
  const problems: string[] = [];
  if (result === 'FAILED' && failed.length === 0) problems.push('it says FAILED, but lists no failed test');
  if (result !== 'FAILED' && failed.length > 0)
    problems.push(`it says ${result}, but lists ${failed.length} failed tests`);
  const good = new Set(passed);
  const both = failed.find((name) => good.has(name));
  if (both !== undefined) problems.push(`it lists ${both} as passed and as failed`);
  return problems;
}
