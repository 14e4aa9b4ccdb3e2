import { answerTo, collectAnswers, isClosed } from '../../approvals/human-answers.ts';
import { readHumanRequests } from '../../approvals/requests-file.ts';
import { timestamp } from '../../platform/clock.ts';
import type { EscalationRow } from '../../platform/tables.ts';
import type { Project } from '../../project.ts';
import { passedSince } from './open-escalation.ts';

/** What became of something that people were asked. */
export type Standing =
  | { answered: true; why: string }
  /** Nobody can answer now; when that changes, the waiting goes on. */
  | { answered: false; hidden?: boolean };

type Question = Pick<EscalationRow, 'event' | 'environment' | 'subject' | 'opened_at'>;

/** Whether anybody has answered. A text that a person typed is an answer here, and nowhere an approval. */
export async function standingOf(project: Project, question: Question): Promise<Standing> {
  if (question.event === 'approvalNeeded') return approvalStanding(project, question);
  if (question.event === 'gateFailed') return gateStanding(project, question);
  return requestStanding(project, question);
}

async function requestStanding(project: Project, { subject }: Question): Promise<Standing> {
  await collectAnswers(project);
  if ((await isClosed(project, subject)) || (await answerTo(project, subject))) {
    return { answered: true, why: 'answered in human-requests.md' };
  }
  const entry = (await readHumanRequests(project)).find(({ id }) => id === subject);
  // The file may be that of another branch at this moment; that people removed the entry looks the same.
  if (!entry) return { answered: false, hidden: true };
  return entry.standing === 'in_progress' || entry.standing === 'resolved'
    ? { answered: true, why: `moved to ${entry.section}` }
    : { answered: false };
}

async function approvalStanding(project: Project, { subject }: Question): Promise<Standing> {
  const row = await project.state.read
    .selectFrom('approvals')
    .select(['status', 'expires_at'])
    .where('id', '=', subject)
    .executeTakeFirst();
  if (row && row.status !== 'pending') return { answered: true, why: row.status };
  if (!row || row.expires_at < timestamp()) return { answered: true, why: 'expired' };
  return { answered: false };
}

async function gateStanding(project: Project, { environment, opened_at }: Question): Promise<Standing> {
  const passed = await passedSince(project.state.read, environment ?? '', opened_at);
  return passed ? { answered: true, why: `${passed.id} passed` } : { answered: false };
}
