import type { Descriptor } from '../in-toto.ts';
import type { Evidence } from '../types.ts';

/** What a check takes, as `statement` in its definition says it. */
export type WantedStatement =
  | { kind: 'report' }
  | { kind: 'testResult'; configuration: string }
  | { kind: 'vulnerabilities'; scanner: string }
  | { kind: 'provenance'; builders: readonly string[] };

/** What a statement is asked for: one check of one commit. */
export interface Asked {
  project: string;
  check: string;
  definitionDigest: string;
  commit: string;
  tree: string;
  /** SHA-256 in hex of the artifact that the statement must be about as well. */
  artifact?: string | undefined;
  /** Format that the definition declares. */
  format?: string | undefined;
  statement: WantedStatement;
}

/** What a statement says, in our own terms. Its times are as written: whoever counts on them reads them. */
export interface Testimony {
  startedAt?: string | undefined;
  finishedAt?: string | undefined;
  tool?: string | undefined;
  /** Where the commit may be named besides the subjects. */
  sources?: readonly Descriptor[] | undefined;
  proof: { evidence: Evidence } | AttestedReport;
}

/** A raw report, which is to be read and held against its exit code like one of our own. */
export interface AttestedReport {
  report: Uint8Array;
  format?: string | undefined;
  exitCode: number;
}

/** A kind of predicate: adding one means adding one file that exports one of these, and its test. */
export interface PredicateKind {
  kind: WantedStatement['kind'];
  /** `predicateType` of every version that is read. */
  types: readonly string[];
  /** @throws Misaddressed, Unreadable */
  read(predicate: unknown, asked: Asked): Testimony;
}

/** Thrown for a statement that is meant for something else than what is asked: no fault of its own. */
export class Misaddressed extends Error {
  override readonly name = 'Misaddressed';
}
