import { record } from '../../audit/trail.ts';
import type { NotificationChannel } from '../../config/notify.ts';
import { now, timestamp } from '../../platform/clock.ts';
import { userName } from '../../platform/self.ts';
import type { OutboxRow } from '../../platform/tables.ts';
import type { Project } from '../../project.ts';
import { kindOf } from './channels/index.ts';
import type { Notice } from './notice.ts';

/** Sending what waits in the outbox: at least once, each message under one id, by one process at a time. */

const firstRetryMs = 5_000;
const longestRetryMs = 10 * 60_000;
const givenUpAfterMs = 7 * 24 * 60 * 60_000;
const batch = 20;

/** Tries every message that is due, some at a time. One that fails waits twice as long as before. */
export async function deliverOutbox(project: Project): Promise<void> {
  for (;;) {
    const due = await project.state.read
      .selectFrom('outbox')
      .selectAll()
      .where('delivered_at', 'is', null)
      .where('next_at', '<=', timestamp())
      .where('created_at', '>', timestamp(new Date(now().getTime() - givenUpAfterMs)))
      .orderBy('next_at')
      .limit(batch)
      .execute();
    const outcomes = await Promise.all(due.map((row) => attempt(project, row)));
    if (!outcomes.includes(true)) return; // nothing was due, or others are at it
  }
}

/** @returns whether it was ours to try */
async function attempt(project: Project, row: OutboxRow): Promise<boolean> {
  const channel = JSON.parse(row.channel) as NotificationChannel;
  const kind = kindOf(channel);
  if (!(await claim(project, row, kind?.timeoutMs ?? 0))) return false;
  let problem: string | undefined;
  try {
    if (!kind) throw new Error(`this version knows no channel of kind ${String(channel.kind)}`);
    const notice = { ...(JSON.parse(row.payload) as Notice), id: row.id };
    await kind.send(channel, notice, senderOf(project));
  } catch (error) {
    problem = project.redact((error as Error).message);
  }
  await (problem === undefined ? delivered(project, row) : failed(project, row, problem));
  return true;
}

function senderOf({ dir, serverEnvironment }: Project) {
  return { projectDir: dir, serverEnvironment };
}

/** Two processes that see the same message: one of them sends it. If it dies over that, others may soon. */
async function claim(project: Project, row: OutboxRow, timeoutMs: number): Promise<boolean> {
  const leaseMs = timeoutMs * 2;
  const { numUpdatedRows } = await project.state.read
    .updateTable('outbox')
    .set({ attempts: row.attempts + 1, next_at: timestamp(new Date(now().getTime() + leaseMs)) })
    .where('id', '=', row.id)
    .where('attempts', '=', row.attempts)
    .where('next_at', '=', row.next_at)
    .where('delivered_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

async function delivered(project: Project, { id }: OutboxRow): Promise<void> {
  await project.state.read
    .updateTable('outbox')
    .set({ delivered_at: timestamp(), last_error: null })
    .where('id', '=', id)
    .execute();
}

async function failed(project: Project, row: OutboxRow, problem: string): Promise<void> {
  const waitMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(row.attempts, 20));
  const next = new Date(now().getTime() + waitMs);
  const isLast = next.getTime() > Date.parse(row.created_at) + givenUpAfterMs;
  await project.state.change(async (writer) => {
    const { numUpdatedRows } = await writer
      .updateTable('outbox')
      .set({ last_error: problem, next_at: timestamp(next) })
      .where('id', '=', row.id)
      .where('attempts', '=', row.attempts + 1) // whoever took over from us has the say
      .where('delivered_at', 'is', null)
      .executeTakeFirst();
    if (!isLast || numUpdatedRows === 0n) return;
    await record(writer, {
      caller: { kind: 'server', user: userName },
      action: 'notification.giveUp',
      subject: row.id,
      decision: 'undelivered',
      detail: { event: row.event, environment: row.environment, attempts: row.attempts + 1, problem },
    });
  });
}

const shownForMs = 30 * 24 * 60 * 60_000;
/** One that nobody has tried to send for so long waits for a process that does. */
const overdueAfterMs = 60_000;

/** Messages nobody has taken although somebody tried, or should have: which channels wait, and the last reason. */
export async function undelivered(
  project: Project,
): Promise<{ count: number; channels: string[]; lastError?: string | undefined }> {
  const ago = (ms: number) => timestamp(new Date(now().getTime() - ms));
  const rows = await project.state.read
    .selectFrom('outbox')
    .select(['last_error', 'channel'])
    .where('delivered_at', 'is', null)
    .where('created_at', '>', ago(shownForMs))
    .where((is) => is.or([is('last_error', 'is not', null), is('created_at', '<', ago(overdueAfterMs))]))
    .orderBy('created_at', 'desc')
    .execute();
  return {
    count: rows.length,
    channels: [
      ...new Set(rows.map(({ channel }) => told(project, JSON.parse(channel) as NotificationChannel))),
    ],
    lastError: rows.find(({ last_error }) => last_error !== null)?.last_error ?? undefined,
  };
}

/** A channel by its kind and its name, or else its place in `devops.yaml`; never by its address. */
function told({ config }: Project, channel: NotificationChannel): string {
  if (channel.name !== undefined) return `${channel.kind} ${channel.name}`;
  const essence = (one: NotificationChannel) => JSON.stringify({ ...one, to: undefined }); // a mail is for one recipient
  const at = config.notify.findIndex((one) => essence(one) === essence(channel));
  return at === -1 ? `${channel.kind}, as configured before` : `${channel.kind} notify[${at}]`;
}
