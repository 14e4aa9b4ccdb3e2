import { hears, type NotificationChannel, type NotificationEvent } from '../../config/notify.ts';
import { timestamp } from '../../platform/clock.ts';
import type { Writer } from '../../platform/database.ts';
import { knownId, newId } from '../../platform/identifiers.ts';
import type { Project } from '../../project.ts';
import { kindOf } from './channels/index.ts';
import type { Notice } from './notice.ts';
import { openEscalation } from './open-escalation.ts';

/** Telling people: a message is stored with what it tells of, and sent from there until somebody took it. */

export interface Message {
  environment?: string | undefined;
  /** What it is about: a deployment, gate or request. */
  subject: string;
  text: string;
  /** What makes it the same message when it is queued again: a step that was killed may repeat itself. */
  once?: string | undefined;
}

/** Queues a message in a transaction of its own and has it sent soon; nobody waits for a receiver that hangs. */
export async function notify(project: Project, event: NotificationEvent, message: Message): Promise<void> {
  await project.state.change((writer) => queueMessage(writer, project, event, message));
  void project.deliverSoon();
}

/**
 * Queues a message to every channel that wants the event, in the transaction of what it tells of: neither is there
 * without the other, whoever is killed. The caller has it sent with `project.deliverSoon()` afterwards.
 */
export async function queueMessage(
  writer: Writer,
  project: Project,
  event: NotificationEvent,
  message: Message,
): Promise<void> {
  const { notify: channels } = project.config;
  const told = channels.filter((channel) => hears(channel, event, message.environment));
  await addToOutbox(writer, project, { ...message, event, channels: told });
  await openEscalation(writer, project, event, message);
}

/** Stores a message for each of those whom the channels tell. */
export async function addToOutbox(
  writer: Writer,
  project: Project,
  {
    channels,
    event,
    once,
    ...message
  }: Message & { channels: readonly NotificationChannel[]; event: Notice['event'] },
): Promise<void> {
  const at = timestamp();
  const rows = channels.flatMap(addresseesOf).map((channel, position) => {
    const id = once === undefined ? newId('msg') : knownId('msg', [once, event, position]);
    const notice: Notice = {
      ...message,
      id,
      event,
      project: project.config.project,
      text: writer.redact(message.text),
      at,
    };
    return {
      id,
      event,
      environment: message.environment ?? null,
      channel: JSON.stringify(channel),
      payload: JSON.stringify(notice),
      attempts: 0,
      last_error: null,
      next_at: at,
      created_at: at,
      delivered_at: null,
    };
  });
  if (rows.length === 0) return;
  await writer
    .insertInto('outbox')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

function addresseesOf(channel: NotificationChannel): NotificationChannel[] {
  return kindOf(channel)?.addressees?.(channel) ?? [channel];
}
