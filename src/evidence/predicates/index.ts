import { isCommit, isFile, type Statement } from '../in-toto.ts';
import { Unreadable } from '../unreadable.ts';
import { provenance } from './provenance.ts';
import { report } from './report.ts';
import { testResult } from './test-result.ts';
import { type Asked, Misaddressed, type PredicateKind, type Testimony } from './types.ts';
import { vulnerabilities } from './vulnerabilities.ts';

/** All kinds of predicates that can be evidence. */
export const predicateKinds: readonly PredicateKind[] = [report, testResult, vulnerabilities, provenance];

/**
 * What a verified statement says about the check that is asked for, once it is sure that it is about this commit
 * and, where the check needs it, this artifact. Whether it is recent is for the caller to see.
 * @throws Misaddressed where it is meant for another check, Unreadable where it does not hold
 */
export function testimonyOf({ predicateType, predicate, subjects }: Statement, asked: Asked): Testimony {
  const kind = predicateKinds.find(({ types }) => types.includes(predicateType));
  if (!kind) throw new Misaddressed(`has the predicate type ${predicateType}, which is no evidence here`);
  if (kind.kind !== asked.statement.kind)
    throw new Misaddressed(`is a statement of the kind ${kind.kind}, not ${asked.statement.kind}`);
  const testimony = kind.read(predicate, asked);
  const named = [...subjects, ...(testimony.sources ?? [])];
  if (!named.some((one) => isCommit(one, asked.commit)))
    throw new Unreadable(`is not about commit ${asked.commit.slice(0, 12)}`);
  if (asked.artifact !== undefined && !subjects.some((one) => isFile(one, asked.artifact ?? '')))
    throw new Unreadable(`is not about the artifact sha256:${asked.artifact.slice(0, 12)}`);
  return testimony;
}
