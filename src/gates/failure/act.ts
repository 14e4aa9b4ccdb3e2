import { record } from '../../audit/trail.ts';
import { asDevopsError } from '../../errors.ts';
import { createFixTask } from '../../operations/fix-tasks.ts';
import { queueMessage } from '../../operations/notifications/notify.ts';
import type { Caller, Project } from '../../project.ts';
import { updateTask } from '../../tasks/commands.ts';
import { failedBefore } from '../gate-records.ts';
import type { GateSubject } from '../subject.ts';
import type { Culprit, RequirementResult, Verdict } from '../types.ts';
import { earlierActions, type GateActions } from './actions.ts';
import { planRepairs } from './plan.ts';
import type { Repair } from './repair.ts';

export interface OpenGate {
  gateId: string;
  verdict: Verdict;
  requirements: readonly RequirementResult[];
  culprits: Readonly<Record<string, readonly Culprit[]>>;
}

/**
 * What a gate that does not pass sets in motion: a task for everybody who has to mend something, an escalation, a
 * notification the first time, and an entry for the retrospective. Asked again about the very same, it sets nothing in
 * motion anew. Never throws: the verdict stands, and what could not be done is said.
 */
export async function actOnOpenGate(
  project: Project,
  subject: GateSubject,
  gate: OpenGate,
  caller: Caller,
): Promise<GateActions> {
  const earlier = await earlierActions(project, subject, gate);
  if (earlier && earlier.notices.length === 0) return earlier;
  const actions: GateActions = { fixTasks: [], notices: [] };
  try {
    await act(project, subject, { gate, caller, actions });
  } catch (error) {
    actions.notices.push(`not everything could be set in motion: ${asDevopsError(error).message}`);
  }
  return actions;
}

async function act(
  project: Project,
  subject: GateSubject,
  { gate, caller, actions }: { gate: OpenGate; caller: Caller; actions: GateActions },
): Promise<void> {
  const { environment, commit } = subject;
  const facts = { ...gate, environment, commit: commit.sha, commitFacts: commit };
  const plan = await planRepairs(project, facts, gate.culprits);
  for (const repair of plan.repairs) {
    const id = await fileTask(project, repair, { caller, commit: commit.sha, notices: actions.notices });
    if (id !== undefined) actions.fixTasks.push({ id, check: repair.check });
  }
  if (plan.escalation) {
    const { notices } = actions;
    actions.escalation = await fileTask(project, plan.escalation, { caller, commit: commit.sha, notices });
  }
  if (gate.verdict !== 'fail' || (await failedBefore(project, subject, gate.gateId))) return;
  await tellOnce(project, subject, gate, { caller, actions });
}

/** @returns the id of the task, or undefined where it could not be filed, which is noted */
async function fileTask(
  project: Project,
  { check, ...repair }: Repair,
  { caller, commit, notices }: { caller: Caller; commit: string; notices: string[] },
): Promise<string | undefined> {
  try {
    const { task, created } = await createFixTask(project, caller, { ...repair, priority: 'high' });
    // A review is of one commit: whoever has the task must hear that it is another one now.
    if (!created && repair.type === 'code_review' && !JSON.stringify(task.entry).includes(commit)) {
      await updateTask(project, caller, task.id, { note: `Now for commit ${commit}.` });
    }
    return task.id;
  } catch (error) {
    const { code, message } = asDevopsError(error);
    notices.push(`no task for ${repair.agent} about ${check}: ${code}: ${message}`);
    return undefined;
  }
}

async function tellOnce(
  project: Project,
  { environment, commit }: GateSubject,
  { gateId, requirements }: OpenGate,
  { caller, actions }: { caller: Caller; actions: GateActions },
): Promise<void> {
  const failed = requirements.filter(({ verdict }) => verdict === 'fail');
  const list = failed.map(({ name, observed }) => `${name} (${observed})`).join(', ');
  await project.state.change(async (writer) => {
    await record(writer, {
      caller,
      action: 'gate.failed',
      subject: gateId,
      decision: 'blocked',
      detail: {
        environment,
        commit: commit.sha,
        failed: Object.fromEntries(failed.map(({ name, observed }) => [name, observed])),
        tasks: actions.fixTasks,
        escalation: actions.escalation ?? null,
      },
    });
    await queueMessage(writer, project, 'gateFailed', {
      environment,
      subject: gateId,
      once: `${environment} ${commit.sha} ${project.policyDigest}`,
      text: `The ${environment} gate failed for ${commit.sha.slice(0, 12)}, its deployment is blocked: ${list}`,
    });
  });
  void project.deliverSoon();
}
