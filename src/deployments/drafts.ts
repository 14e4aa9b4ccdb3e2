import { postMortemDraft, releaseNotes } from '../audit/drafts.ts';
import { describeCaller } from '../audit/trail.ts';
import { readLog } from '../platform/log-file.ts';
import type { Caller, Project } from '../project.ts';
import { documentFacts } from './facts.ts';
import type { Failure } from './failure.ts';
import { deploymentById, logFileOf } from './records.ts';
import { viewDeployment } from './view.ts';

const commitsShown = 200;
const logLines = 30;

async function factsOf(project: Project, id: string) {
  const row = await deploymentById(project, id);
  const failure = row.failure === null ? undefined : (JSON.parse(row.failure) as Failure);
  const caller = describeCaller(JSON.parse(row.caller) as Caller);
  return documentFacts(project, row, { caller, failure, commitsShown });
}

/** A draft for people about a deployment that went wrong. @throws UNKNOWN_DEPLOYMENT */
export async function draftPostMortem(project: Project, id: string): Promise<string> {
  const facts = await factsOf(project, id);
  const { requestedAt, steps, fixTasks = [] } = await viewDeployment(project, id);
  const { lines } = await readLog(logFileOf(project, id), { lines: logLines });
  return postMortemDraft({ ...facts, requestedAt, steps, log: lines, fixTasks });
}

/** What came with a release, from its commits. @throws UNKNOWN_DEPLOYMENT */
export async function draftReleaseNotes(project: Project, id: string): Promise<string> {
  return releaseNotes(await factsOf(project, id));
}
