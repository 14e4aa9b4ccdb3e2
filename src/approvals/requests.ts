import { record } from '../audit/trail.ts';
import { DevopsError } from '../errors.ts';
import { queueMessage } from '../operations/notifications/notify.ts';
import { timestamp } from '../platform/clock.ts';
import { exactBytes } from '../platform/exact-text.ts';
import { withFileLock } from '../platform/file-lock.ts';
import { replaceFile } from '../platform/files.ts';
import type { Caller, Project } from '../project.ts';
import { closeQuestion, collectAnswers, keepQuestion } from './human-answers.ts';
import { appendRequest, type NewHumanRequest, requestSaying, resolveRequest } from './human-requests.ts';
import { readRequestsText, requestsFile } from './requests-file.ts';

/** Asking people through `human-requests.md`. */

export interface NewRequest extends Omit<NewHumanRequest, 'agent' | 'date'> {
  /** Whether an entry that says the very same is this one: a step that was killed may repeat itself. */
  once?: boolean;
  /** Whether an event of its own tells people. */
  isToldByItself?: boolean;
}

const ourName = 'DevOps-Engineer';

/** Writes a request where people look for it, and tells those who want to be told. @throws FILE_FAILED */
export async function fileHumanRequest(
  project: Project,
  caller: Caller,
  { once = false, isToldByItself = false, ...request }: NewRequest,
): Promise<{ requestId: string; status: 'pending' }> {
  const { redact } = project;
  const facts: NewHumanRequest = {
    ...request,
    title: redact(request.title.toWellFormed()),
    description: redact(request.description.toWellFormed()),
    agent: ourName,
    date: timestamp().slice(0, 10),
  };
  const { requestId, written } = await rewrite(project, (text) => {
    const filed = once && text !== undefined ? requestSaying(text, facts) : undefined;
    if (filed !== undefined) return { text, answer: { requestId: filed.id, written: filed.text } };
    const { text: after, id, written: entry } = appendRequest(text, facts);
    return { text: after, answer: { requestId: id, written: entry } };
  });
  const environment = await environmentConcerned(project, request.deploymentId);
  await project.state.change(async (writer) => {
    await keepQuestion(writer, { id: requestId, written, request, environment });
    await record(writer, {
      caller,
      action: `human.${request.kind}`,
      subject: requestId,
      decision: 'pending',
      detail: { title: facts.title, taskId: request.taskId, deploymentId: request.deploymentId },
    });
    if (isToldByItself) return;
    await queueMessage(writer, project, 'humanNeeded', {
      environment,
      subject: requestId,
      once: once ? `${requestId} ${request.deploymentId}` : undefined,
      text: `${requestId} (${request.kind}): ${facts.title}`,
    });
  });
  void project.deliverSoon();
  return { requestId, status: 'pending' };
}

async function environmentConcerned(
  project: Project,
  deploymentId: string | undefined,
): Promise<string | undefined> {
  if (deploymentId === undefined) return undefined;
  const row = await project.state.read
    .selectFrom('deployments')
    .select('environment')
    .where('id', '=', deploymentId)
    .executeTakeFirst();
  return row?.environment;
}

/** Moves a request to the resolved ones with a note; one that people removed is fine. */
export async function resolveHumanRequest(project: Project, id: string, note: string): Promise<void> {
  await collectAnswers(project).catch(() => undefined); // what was typed until now is a person's; what follows is ours
  await rewrite(project, (text) => ({
    text: text && resolveRequest(text, id, 'resolved', project.redact(note.toWellFormed())),
    answer: undefined,
  }));
  await closeQuestion(project, id);
}

async function rewrite<T>(
  project: Project,
  change: (text: string | undefined) => { text: string | undefined; answer: T },
): Promise<T> {
  const file = requestsFile(project);
  try {
    return await withFileLock(file, async () => {
      const before = await readRequestsText(file);
      const { text, answer } = change(before);
      if (text !== undefined && text !== before) await replaceFile(file, exactBytes(text));
      return answer;
    });
  } catch (error) {
    if (error instanceof DevopsError) throw error;
    throw new DevopsError('FILE_FAILED', `cannot write ${file}: ${(error as Error).message}`, {
      remedy: 'Make the file and its folder writable for the user who runs the server.',
      cause: error,
    });
  }
}
