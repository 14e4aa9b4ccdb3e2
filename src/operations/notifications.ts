import type { NotificationEvent } from '../config/notify.ts';
import type { Config } from '../config/schema.ts';
import { now, timestamp } from '../platform/clock.ts';
import { httpPostJson } from '../platform/http.ts';
import { knownId, newId } from '../platform/identifiers.ts';
import { minimalEnvironment, runCommand } from '../platform/processes.ts';
import type { OutboxRow } from '../platform/tables.ts';
import type { Project } from '../project.ts';

/** Telling people. Messages are stored first and then sent, again and again until someone took them. */

export interface Message {
  environment?: string;
  /** What it is about: a deployment, gate or request. */
  subject: string;
  text: string;
  /** What makes it the same message when it is queued again: a step that was killed may repeat itself. */
  once?: string;
}

type Channel = Config['notify'][number];

/** Queues a message to every channel that wants the event, and tries to deliver at once. Never throws. */
export async function notify(
  project: Project,
  event: NotificationEvent,
  { once, ...message }: Message,
): Promise<void> {
  const channels = project.config.notify.filter(({ on }) => on.includes(event));
  if (channels.length === 0) return;
  const at = timestamp();
  const text = project.redact(message.text);
  const payload = JSON.stringify({ ...message, text, event, project: project.config.project, at });
  const rows: OutboxRow[] = channels.map((channel, position) => ({
    id: once === undefined ? newId('msg') : knownId('msg', [once, event, position]),
    event,
    environment: message.environment ?? null,
    channel: JSON.stringify(channel), // as written in the configuration: a $NAME stays a name
    payload,
    attempts: 0,
    last_error: null,
    next_at: at,
    created_at: at,
    delivered_at: null,
  }));
  await project.state.read
    .insertInto('outbox')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await deliverOutbox(project);
}

const attemptTimeoutMs = 5_000;
const firstRetryMs = 5_000;
const longestRetryMs = 10 * 60_000;

/** Tries every message that is due. One that fails waits twice as long as before. */
export async function deliverOutbox(project: Project): Promise<void> {
  const due = await project.state.read
    .selectFrom('outbox')
    .selectAll()
    .where('delivered_at', 'is', null)
    .where('next_at', '<=', timestamp())
    .orderBy('created_at')
    .limit(20)
    .execute();
  await Promise.all(due.map((row) => attempt(project, row)));
}

async function attempt(project: Project, row: OutboxRow): Promise<void> {
  const problem = await send(project, JSON.parse(row.channel) as Channel, row);
  const attempts = row.attempts + 1;
  const waitMs = Math.min(longestRetryMs, firstRetryMs * 2 ** row.attempts);
  await project.state.read
    .updateTable('outbox')
    .set(
      problem === undefined
        ? { attempts, delivered_at: timestamp(), last_error: null }
        : {
            attempts,
            last_error: project.redact(problem),
            next_at: timestamp(new Date(now().getTime() + waitMs)),
          },
    )
    .where('id', '=', row.id)
    .execute();
}

/** @returns why it was not delivered, or undefined when it was */
async function send(project: Project, channel: Channel, row: OutboxRow): Promise<string | undefined> {
  try {
    if (channel.kind === 'webhook') {
      const url = channel.url.startsWith('$') ? project.serverEnvironment[channel.url.slice(1)] : channel.url;
      if (url === undefined) return `the environment variable ${channel.url.slice(1)} is not set`;
      const headers = { 'idempotency-key': row.id };
      const { status } = await httpPostJson(url, JSON.parse(row.payload), headers, attemptTimeoutMs);
      return status >= 200 && status < 300 ? undefined : `the webhook answered ${status}`;
    }
    const outcome = await runCommand({
      command: channel.run,
      workDir: project.dir,
      environment: minimalEnvironment(project.serverEnvironment),
      timeoutMs: attemptTimeoutMs,
      input: row.payload,
    });
    return outcome.exitCode === 0
      ? undefined
      : `the command ended with ${outcome.ended ?? outcome.exitCode ?? 'a signal'}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Messages nobody has taken yet, with the last reason. */
export async function undelivered(project: Project): Promise<{ count: number; lastError?: string }> {
  const rows = await project.state.read
    .selectFrom('outbox')
    .select('last_error')
    .where('delivered_at', 'is', null)
    .orderBy('created_at', 'desc')
    .execute();
  const lastError = rows[0]?.last_error ?? undefined;
  return { count: rows.length, lastError };
}
