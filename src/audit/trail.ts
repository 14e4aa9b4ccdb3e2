import { redactAll } from '../operations/redaction/index.ts';
import { timestamp } from '../platform/clock.ts';
import type { Reader, Writer } from '../platform/database.ts';
import { sha256 } from '../platform/digest.ts';
import type { Caller } from '../project.ts';
import { type AuditPerson, chainStart, hashOfEntry } from './chain.ts';
import { canonical } from './stored-entry.ts';

/** Who gave an answer, as the trail tells of people. */
export function personOf(answer: {
  approver: string;
  role: string | null;
  level: AuditPerson['level'];
  key_fingerprint: string | null;
}): AuditPerson {
  const { approver, role, level, key_fingerprint: keyFingerprint } = answer;
  return { name: approver, role, level, keyFingerprint };
}

export interface AuditRecord {
  caller: Caller;
  /** Who decided, where a person did. */
  person?: AuditPerson;
  /** What was done, such as `task.update` or `deployment.request`. */
  action: string;
  /** What it was done to: a task, deployment, gate, request or environment. */
  subject: string;
  /** How it ended, such as `done`, `refused`, `pass`, `fail`. */
  decision: string;
  /** The facts and the reasons. */
  detail?: Record<string, unknown>;
}

export function describeCaller({ kind, user, client }: Caller): string {
  return client === undefined ? `${user} (${kind})` : `${user} (${kind}: ${client})`;
}

/** Appends one entry in the caller's transaction: the change and its record stand or fall together. */
export async function record(
  writer: Writer,
  { caller, person, action, subject, decision, detail = {} }: AuditRecord,
) {
  const end = await endOfTrail(writer);
  const facts = plain(writer, {
    position: end.reached + 1,
    at: timestamp(),
    actor: describeCaller(caller),
    caller,
    person,
    action,
    subject,
    decision,
    detail,
  });
  const previous = end.last?.hash ?? chainStart;
  const hash = hashOfEntry(facts, previous, sha256);
  await writer
    .insertInto('audit')
    .values({
      ...facts,
      caller: canonical(facts.caller),
      person: facts.person === undefined ? null : canonical(facts.person),
      detail: canonical(facts.detail),
      previous,
      hash,
    })
    .execute();
}

/** What is hashed is what is stored, in a form that the database gives back as it got it, and without secrets. */
function plain<Facts extends object>(writer: Writer, facts: Facts): Facts {
  const clean = (text: string) => writer.redact(text).toWellFormed().replaceAll('\0', '\ufffd');
  return redactAll(JSON.parse(JSON.stringify(facts)), clean) as Facts;
}

export interface EndOfTrail {
  last?: { position: number; hash: string };
  /**
   * The highest position that was ever written, which the database keeps apart from the entries: after some were cut
   * off at the end, the trail goes on behind the gap, so that it never closes.
   */
  reached: number;
}

export async function endOfTrail(reader: Reader): Promise<EndOfTrail> {
  const last = await reader
    .selectFrom('audit')
    .select(['position', 'hash'])
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  const kept = await reader
    .selectFrom('sqlite_sequence')
    .select('seq')
    .where('name', '=', 'audit')
    .executeTakeFirst();
  return { ...(last && { last }), reached: Math.max(last?.position ?? 0, Number(kept?.seq ?? 0)) };
}
