import { isEscalated, linksFor } from '../../config/escalation.ts';
import type { NotificationEvent } from '../../config/notify.ts';
import { timestamp } from '../../platform/clock.ts';
import type { Reader, Writer } from '../../platform/database.ts';
import { knownId, newId } from '../../platform/identifiers.ts';
import type { Project } from '../../project.ts';
import type { Message } from './notify.ts';

/** Begins to wait for an answer, where a link of the chain would be told that there is none. */
export async function openEscalation(
  writer: Writer,
  project: Project,
  event: NotificationEvent,
  { subject, environment, text, once }: Message,
): Promise<void> {
  if (!isEscalated(event) || linksFor(project.config.escalation, event, environment).length === 0) return;
  // One failed commit after the other must not set the clock back: what is waited for is that the gate passes.
  if (event === 'gateFailed' && environment !== undefined && (await isWaitedFor(writer, environment))) return;
  await writer
    .insertInto('escalations')
    .values({
      id: once === undefined ? newId('esc') : knownId('esc', [once, event]),
      event,
      environment: environment ?? null,
      subject,
      text: writer.redact(text),
      opened_at: timestamp(),
      closed_at: null,
      closed_why: null,
      last_error: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function isWaitedFor(writer: Writer, environment: string): Promise<boolean> {
  const open = await writer
    .selectFrom('escalations')
    .select('opened_at')
    .where('event', '=', 'gateFailed')
    .where('environment', '=', environment)
    .where('closed_at', 'is', null)
    .orderBy('opened_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return open !== undefined && (await passedSince(writer, environment, open.opened_at)) === undefined;
}

/** The first gate of an environment that passed after a time. */
export async function passedSince(
  reader: Reader,
  environment: string,
  since: string,
): Promise<{ id: string } | undefined> {
  return reader
    .selectFrom('gates')
    .select('id')
    .where('environment', '=', environment)
    .where('verdict', '=', 'pass')
    .where('finished_at', '>', since)
    .orderBy('finished_at')
    .limit(1)
    .executeTakeFirst();
}
