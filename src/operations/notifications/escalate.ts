import canonicalize from 'canonicalize';
import { record } from '../../audit/trail.ts';
import { type EscalationLink, isEscalated, linksFor } from '../../config/escalation.ts';
import { formatDuration } from '../../config/values.ts';
import { asDevopsError } from '../../errors.ts';
import { cleanText } from '../../evidence/untrusted.ts';
import { now, timestamp } from '../../platform/clock.ts';
import { userName } from '../../platform/self.ts';
import type { EscalationRow } from '../../platform/tables.ts';
import type { Caller, Project } from '../../project.ts';
import { createFixTask } from '../fix-tasks.ts';
import { standingOf } from './answers.ts';
import { addToOutbox } from './notify.ts';

/**
 * Telling the next one when nobody answers. Each link that is due is told once: what says that it was told and the
 * messages to its channels are written in one transaction, and its task is found again by its cause.
 */

const caller: Caller = { kind: 'server', user: userName };

/** Tells every link that is due. Whatever keeps one from being told keeps no other, and shows in checkHealth. */
export async function escalateDue(project: Project): Promise<void> {
  const links = project.config.escalation;
  const shortest = Math.min(...links.map(({ after }) => after));
  if (links.length === 0) return;
  const open = await project.state.read
    .selectFrom('escalations')
    .selectAll()
    .where('closed_at', 'is', null)
    .where('opened_at', '<=', timestamp(new Date(now().getTime() - shortest)))
    .orderBy('opened_at')
    .execute();
  for (const row of open) await escalate(project, row);
}

async function escalate(project: Project, row: EscalationRow): Promise<void> {
  const due = await dueLinks(project, row);
  if (due.length === 0) return;
  const standing = await standingOf(project, row);
  if (standing.answered) return close(project, row, standing.why);
  if (standing.hidden) return;
  const problems: string[] = [];
  for (const link of due) {
    await tell(project, row, link).catch((error: unknown) => problems.push(asDevopsError(error).message));
  }
  const [first] = problems;
  const last_error = first === undefined ? null : project.redact(first);
  if (last_error === row.last_error) return;
  await project.state.read.updateTable('escalations').set({ last_error }).where('id', '=', row.id).execute();
}

async function dueLinks(project: Project, row: EscalationRow): Promise<EscalationLink[]> {
  if (!isEscalated(row.event)) return [];
  const waitedMs = now().getTime() - Date.parse(row.opened_at);
  const links = linksFor(project.config.escalation, row.event, row.environment ?? undefined);
  const reached = links.filter(({ after }) => after <= waitedMs);
  if (reached.length === 0) return [];
  const told = await project.state.read
    .selectFrom('escalation_links')
    .select('link')
    .where('escalation_id', '=', row.id)
    .execute();
  return reached.filter((link) => !told.some((one) => one.link === textOf(link)));
}

async function tell(project: Project, row: EscalationRow, link: EscalationLink): Promise<void> {
  const { agent, after } = link;
  const text = `Nobody has answered for ${formatDuration(after)}: ${row.text}`;
  const channels = project.config.notify.filter(({ name }) => link.channels?.includes(name ?? ''));
  const task =
    agent === undefined
      ? undefined
      : await fileTask(project, row, { agent, text }).catch((error: unknown) => {
          if (channels.length === 0) throw error;
          return `not filed: ${asDevopsError(error).message}`; // the people of the same link are told all the same
        });
  const isOurs = await project.state.change(async (writer) => {
    const { numInsertedOrUpdatedRows } = await writer
      .insertInto('escalation_links')
      .values({ escalation_id: row.id, link: textOf(link), told_at: timestamp() })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) return false; // another process was faster
    const environment = row.environment ?? undefined;
    await addToOutbox(writer, project, {
      channels,
      event: 'escalated',
      subject: row.subject,
      environment,
      text,
    });
    await record(writer, {
      caller,
      action: 'escalation.tell',
      subject: row.subject,
      decision: 'told',
      detail: { event: row.event, environment, after, agent, task, channels: link.channels },
    });
    return true;
  });
  if (isOurs) void project.deliverSoon();
}

async function fileTask(
  project: Project,
  { id, event, environment, subject }: EscalationRow,
  { agent, text }: { agent: string; text: string },
): Promise<string> {
  const where = environment === null ? '' : ` (${environment})`;
  const { task } = await createFixTask(project, caller, {
    title: `ESCALATED: ${subject} is unanswered${where}`,
    description: cleanText(text),
    agent,
    type: 'deployment_escalation',
    priority: event === 'gateFailed' ? 'high' : 'critical',
    cause: { escalation: id, agent },
  });
  return task.id;
}

async function close(project: Project, row: EscalationRow, why: string): Promise<void> {
  await project.state.change(async (writer) => {
    const { numUpdatedRows } = await writer
      .updateTable('escalations')
      .set({ closed_at: timestamp(), closed_why: why, last_error: null })
      .where('id', '=', row.id)
      .where('closed_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    await record(writer, {
      caller,
      action: 'escalation.close',
      subject: row.subject,
      decision: 'answered',
      detail: { event: row.event, environment: row.environment, why },
    });
  });
}

function textOf(link: EscalationLink): string {
  return canonicalize(link) ?? '';
}

/** Why links that are due could not be told. */
export async function escalationProblems(project: Project): Promise<string[]> {
  const rows = await project.state.read
    .selectFrom('escalations')
    .select(['subject', 'last_error'])
    .where('last_error', 'is not', null)
    .where('closed_at', 'is', null)
    .orderBy('opened_at')
    .limit(5)
    .execute();
  return rows.map(({ subject, last_error }) => `the escalation of ${subject} is stuck: ${last_error}`);
}
