import { record } from '../audit/trail.ts';
import { DevopsError } from '../errors.ts';
import { notify } from '../operations/notifications.ts';
import { timestamp } from '../platform/clock.ts';
import { withFileLock } from '../platform/file-lock.ts';
import { path, readTextIfExists, replaceFile } from '../platform/files.ts';
import type { Caller, Project } from '../project.ts';
import {
  appendRequest,
  type HumanRequest,
  type NewHumanRequest,
  readRequests,
  requestSaying,
  resolveRequest,
} from './human-requests.ts';

/** Asking people through `human-requests.md`. */

export interface NewRequest extends Omit<NewHumanRequest, 'agent' | 'date'> {
  /** Whether an entry that says the very same is this one: a step that was killed may repeat itself. */
  once?: boolean;
}

const ourName = 'DevOps-Engineer';

function fileOf(project: Project): string {
  return path.resolve(project.dir, project.config.humanRequests);
}

/** Writes a request where people look for it, and tells those who want to be told. @throws FILE_FAILED */
export async function fileHumanRequest(
  project: Project,
  caller: Caller,
  { once = false, ...request }: NewRequest,
): Promise<{ requestId: string; status: 'pending' }> {
  const { redact } = project;
  const facts: NewHumanRequest = {
    ...request,
    title: redact(request.title),
    description: redact(request.description),
    agent: ourName,
    date: timestamp().slice(0, 10),
  };
  const requestId = await rewrite(project, (text) => {
    const filed = once && text !== undefined ? requestSaying(text, facts) : undefined;
    if (filed !== undefined) return { text, answer: filed };
    const { text: after, id } = appendRequest(text, facts);
    return { text: after, answer: id };
  });
  await project.state.change((writer) =>
    record(writer, {
      caller,
      action: `human.${request.kind}`,
      subject: requestId,
      decision: 'pending',
      detail: { title: facts.title, taskId: request.taskId, deploymentId: request.deploymentId },
    }),
  );
  // An approval is told about by its own event.
  if (request.kind !== 'approval') {
    await notify(project, 'humanNeeded', {
      subject: requestId,
      once: once ? `${requestId} ${request.deploymentId}` : undefined,
      text: `${requestId} (${request.kind}): ${facts.title}`,
    });
  }
  return { requestId, status: 'pending' };
}

/** Moves a request to the resolved ones with a note; one that people removed is fine. */
export async function resolveHumanRequest(project: Project, id: string, note: string): Promise<void> {
  await rewrite(project, (text) => ({
    text: text && resolveRequest(text, id, 'resolved', project.redact(note)),
    answer: undefined,
  }));
}

export async function readHumanRequests(project: Project): Promise<HumanRequest[]> {
  return readRequests((await readTextIfExists(fileOf(project))) ?? '');
}

async function rewrite<T>(
  project: Project,
  change: (text: string | undefined) => { text: string | undefined; answer: T },
): Promise<T> {
  const file = fileOf(project);
  try {
    return await withFileLock(file, async () => {
      const before = await readTextIfExists(file);
      const { text, answer } = change(before);
      if (text !== undefined && text !== before) await replaceFile(file, text);
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
