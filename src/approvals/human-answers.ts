import { record } from '../audit/trail.ts';
import { timestamp } from '../platform/clock.ts';
import type { Writer } from '../platform/database.ts';
import { digestOf } from '../platform/digest.ts';
import { userName } from '../platform/self.ts';
import type { HumanRequestRow } from '../platform/tables.ts';
import type { Project } from '../project.ts';
import type { NewHumanRequest, RequestStatus } from './human-requests.ts';
import { typedInto } from './human-requests-typed.ts';
import { readHumanRequests } from './requests-file.ts';

/**
 * What people type into `human-requests.md`, picked up once and kept on record. Whoever can write the file can write
 * it: it is a text without a name, and it approves nothing.
 */

/** What was asked, without what changes from one day to the other. */
export type Question = Pick<NewHumanRequest, 'kind' | 'title' | 'description' | 'taskId' | 'deploymentId'>;

export interface HumanAnswer {
  requestId: string;
  /** Untrusted. */
  text: string;
  at: string;
}

const maxKept = 10_000;

/** Remembers an entry as it was written, so that what people add to it can be told apart. */
export async function keepQuestion(
  writer: Writer,
  {
    id,
    written,
    request,
    environment,
  }: { id: string; written: string; request: Question; environment: string | undefined },
): Promise<void> {
  const known = await writer
    .selectFrom('human_requests')
    .select('number')
    .where('id', '=', id)
    .where('written', '=', written)
    .executeTakeFirst();
  if (known) return;
  const last = await writer
    .selectFrom('human_requests')
    .select('number')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  await writer
    .insertInto('human_requests')
    .values({
      number: (last?.number ?? 0) + 1,
      id,
      kind: request.kind,
      environment: environment ?? null,
      deployment_id: request.deploymentId ?? null,
      question: questionDigest(request),
      written,
      filed_at: timestamp(),
      answer: null,
      answered_at: null,
      closed_at: null,
    })
    .execute();
}

/** What became of a question that was asked before, in the very same words, and still stands in the file. */
export async function askedBefore(
  project: Project,
  question: Question,
): Promise<{ requestId: string; status: string; answer?: HumanAnswer | undefined } | undefined> {
  const row = await project.state.read
    .selectFrom('human_requests')
    .selectAll()
    .where('question', '=', questionDigest(question))
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row || (await latest(project, row.id))?.number !== row.number) return undefined;
  const entry = (await readHumanRequests(project)).find(({ id }) => id === row.id);
  if (!entry) return undefined;
  const { answer } = row;
  const status: RequestStatus | 'answered' =
    row.closed_at !== null ? 'resolved' : (entry.standing ?? 'pending');
  return {
    requestId: row.id,
    status: status === 'pending' && answer !== null ? 'answered' : status,
    answer: toAnswer(row),
  };
}

/** Looks what people have typed since. Each text is recorded once; one that is taken back, too. @throws FILE_FAILED */
export async function collectAnswers(project: Project): Promise<void> {
  if (project.configFile === undefined) return; // nothing was ever asked from here
  const open = await project.state.read
    .selectFrom('human_requests')
    .selectAll()
    .where('closed_at', 'is', null)
    .orderBy('number')
    .execute();
  if (open.length === 0) return;
  const entries = new Map((await readHumanRequests(project)).map((entry) => [entry.id, entry]));
  const latestOf = new Map(open.map((row) => [row.id, row])); // the last one counts
  for (const row of latestOf.values()) {
    const entry = entries.get(row.id);
    if (!entry) continue; // people removed it, or the file is that of another branch
    const typed = typedInto(row.written, entry.text);
    const answer = typed === undefined ? null : project.redact(typed.slice(0, maxKept));
    if (answer !== row.answer) await keepAnswer(project, row, answer);
  }
}

async function keepAnswer(project: Project, row: HumanRequestRow, answer: string | null): Promise<void> {
  await project.state.change(async (writer) => {
    const { numUpdatedRows } = await writer
      .updateTable('human_requests')
      .set({ answer, answered_at: answer === null ? null : timestamp() })
      .where('number', '=', row.number)
      .where('answer', 'is', row.answer) // another process that saw it first has recorded it
      .where('closed_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    await record(writer, {
      caller: { kind: 'server', user: userName },
      action: 'human.answer',
      subject: row.id,
      decision: answer === null ? 'withdrawn' : 'unverified',
      detail: { deploymentId: row.deployment_id, how: 'typed into the file', text: answer },
    });
  });
}

/** What people typed about a deployment, oldest first. */
export async function answersAbout(project: Project, deploymentId: string): Promise<HumanAnswer[]> {
  const rows = await project.state.read
    .selectFrom('human_requests')
    .selectAll()
    .where('deployment_id', '=', deploymentId)
    .where('answer', 'is not', null)
    .orderBy('number')
    .execute();
  return rows.flatMap((row) => toAnswer(row) ?? []);
}

/** What people typed into an entry of ours. */
export async function answerTo(project: Project, requestId: string): Promise<HumanAnswer | undefined> {
  const row = await latest(project, requestId);
  return row && toAnswer(row);
}

/** Whether we resolved an entry ourselves. */
export async function isClosed(project: Project, requestId: string): Promise<boolean> {
  return (await latest(project, requestId))?.closed_at != null;
}

export async function closeQuestion(project: Project, id: string): Promise<void> {
  await project.state.read
    .updateTable('human_requests')
    .set({ closed_at: timestamp() })
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .execute();
}

async function latest(project: Project, id: string): Promise<HumanRequestRow | undefined> {
  return project.state.read
    .selectFrom('human_requests')
    .selectAll()
    .where('id', '=', id)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
}

function toAnswer({ id, answer, answered_at }: HumanRequestRow): HumanAnswer | undefined {
  return answer === null ? undefined : { requestId: id, text: answer, at: answered_at ?? '' };
}

function questionDigest({ kind, title, description, taskId, deploymentId }: Question): string {
  return digestOf(JSON.stringify([kind, title, description, taskId ?? null, deploymentId ?? null]));
}
