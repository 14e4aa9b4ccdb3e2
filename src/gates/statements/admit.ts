import type { CheckConfig } from '../../config/schema.ts';
import { type Envelope, parseEnvelope } from '../../evidence/dsse.ts';
import { parseStatement, type Statement } from '../../evidence/in-toto.ts';
import { testimonyOf } from '../../evidence/predicates/index.ts';
import { Misaddressed } from '../../evidence/predicates/types.ts';
import { Unreadable } from '../../evidence/unreadable.ts';
import { cleanLine } from '../../evidence/untrusted.ts';
import { now } from '../../platform/clock.ts';
import { sha256 } from '../../platform/digest.ts';
import type { Project } from '../../project.ts';
import { isAboutArtifact } from '../evidence-store.ts';
import type { GateSubject } from '../subject.ts';
import { askedFor } from './asked.ts';
import { isStored, readProof, storeAttested } from './attested-evidence.ts';
import { validityOf } from './freshness.ts';
import { readStatementNote } from './note.ts';
import { type Attestor, type Producer, producersOf, verifyEnvelope } from './producers.ts';

/** Why statements do not count, by check; checks that take none are missing. */
export type Refusals = ReadonlyMap<string, readonly string[]>;

/** A statement that somebody signed whom we know. */
interface Verified {
  /** `statement 2 (ci: builder@shop.example)` */
  label: string;
  digest: string;
  statement: Statement;
  attestors: Attestor[];
}

/**
 * Looks through the statements in the note of the commit and stores each that is evidence for one of the checks.
 * What is refused is looked at anew every time: the reason may have gone.
 */
export async function admitStatements(
  project: Project,
  subject: GateSubject,
  checks: readonly string[],
): Promise<Refusals> {
  const attested = checks.filter((check) => project.config.checks[check]?.attestedBy !== undefined);
  const refusals = new Map<string, string[]>(attested.map((check) => [check, []]));
  const refuse = (reason: string, to: readonly string[] = attested) => {
    for (const check of to) refusals.get(check)?.push(cleanLine(reason));
  };
  if (attested.length === 0) return refusals;
  const note = await readStatementNote(project, subject.commit.sha);
  for (const problem of note.problems) refuse(problem);
  const producers = await producersOf(project, attested);
  const seen = new Map<string, string>();
  for (const { label, text } of note.lines) {
    try {
      const verified = await verify(label, parseEnvelope(text), producers);
      const key = [verified.digest, ...verified.attestors.map(({ producer }) => producer)].join(' ');
      const first = seen.get(key);
      if (first !== undefined) throw new Unreadable(`repeats ${first}`);
      seen.set(key, label);
      await offer(project, subject, verified, attested, refuse);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      refuse(`${label}: ${error.message}`);
    }
  }
  return refusals;
}

/** Nothing of a payload is looked at before somebody whom we know turns out to have signed it. @throws Unreadable */
async function verify(label: string, envelope: Envelope, producers: readonly Producer[]): Promise<Verified> {
  const { attestors, reasons } = await verifyEnvelope(envelope, producers);
  const [attestor] = attestors;
  if (!attestor) throw new Unreadable(`signed by no known producer (${reasons.join('; ')})`);
  return {
    label: `${label} (${attestor.producer}: ${attestor.principal})`,
    digest: `sha256:${sha256(envelope.payload)}`,
    attestors,
    statement: parseStatement(envelope),
  };
}

/** Gives a statement to the checks that it is meant for; of one that is meant for none, all are told. */
async function offer(
  project: Project,
  subject: GateSubject,
  verified: Verified,
  checks: readonly string[],
  refuse: (reason: string, to?: readonly string[]) => void,
): Promise<void> {
  const strange: { check: string; why: string }[] = [];
  for (const check of checks) {
    try {
      await admit(project, subject, verified, check);
    } catch (error) {
      if (error instanceof Misaddressed) strange.push({ check, why: error.message });
      else if (error instanceof Unreadable) refuse(`${verified.label}: ${error.message}`, [check]);
      else throw error;
    }
  }
  if (strange.length < checks.length) return;
  for (const { check, why } of strange) refuse(`${verified.label}: ${why}`, [check]);
}

/** @throws Misaddressed, Unreadable */
async function admit(
  project: Project,
  subject: GateSubject,
  { statement, attestors, digest }: Verified,
  check: string,
): Promise<void> {
  const { attestedBy = [], validFor } = project.config.checks[check] as CheckConfig;
  const asked = askedFor(project, subject, check);
  const testimony = testimonyOf(statement, asked);
  const attestor = attestors.find(({ producer }) => attestedBy.includes(producer));
  if (!attestor) throw new Unreadable(`the check takes statements of ${attestedBy.join(' and ')} only`);
  if (isAboutArtifact(project, check) && asked.artifact === undefined)
    throw new Unreadable('is about an artifact, and that of the commit is not built here yet');
  const validity = validityOf(testimony, { now: now(), validForMs: validFor });
  const binding = { asked, attestor, statementDigest: digest };
  if (await isStored(project, binding)) return;
  const read = await readProof(project, testimony, asked);
  if (!read.evidence.conclusive) throw new Unreadable(`proves nothing: ${read.evidence.problems.join('; ')}`);
  const tool = testimony.tool === undefined ? undefined : cleanLine(testimony.tool);
  await storeAttested(project, { ...binding, validity, read, tool });
}
