import type { NotificationEvent } from '../../config/notify.ts';
import { visible } from '../../evidence/untrusted.ts';

/** A message as it lies in the outbox: what every format is made of. Pure. */

export interface Notice {
  /** Of the message: the same whenever it is sent again. */
  id: string;
  event: NotificationEvent | 'escalated';
  project: string;
  environment?: string | undefined;
  /** What it is about: a deployment, gate or request. */
  subject: string;
  /** Quotes tasks, reports and logs: anybody's words. */
  text: string;
  /** ISO 8601 UTC. */
  at: string;
}

const titles: Record<Notice['event'], string> = {
  deployed: 'Deployed',
  failed: 'Deployment failed',
  rolledBack: 'Rolled back',
  gateFailed: 'Gate failed',
  approvalNeeded: 'Approval needed',
  humanNeeded: 'A person is needed',
  escalated: 'Still unanswered',
};

/** One line that says what happened where: `[shop] Gate failed: production`. */
export function titleOf({ event, project, environment }: Notice): string {
  const where = environment === undefined ? '' : `: ${environment}`;
  return cutTo(`[${plainLine(project)}] ${titles[event]}${plainLine(where)}`, 140);
}

/** The text without anything that acts on a reader's screen, never empty. */
export function textOf({ text }: Notice, maxLength: number): string {
  return cutTo(visible(text).trim(), maxLength) || '(no text)';
}

/** What the message is about and when it was made, for the small print. */
export function footOf({ subject, at, id }: Notice): string {
  return cutTo(`${plainLine(subject)} · ${at} · ${id}`, 200);
}

function plainLine(text: string): string {
  return visible(text).replace(/\s+/g, ' ');
}

function cutTo(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
