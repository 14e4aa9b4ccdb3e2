import { timestamp } from '../platform/clock.ts';
import { newId } from '../platform/identifiers.ts';
import { isAlive, type ProcessIdentity, thisProcess } from '../platform/processes.ts';
import type { GateRow } from '../platform/tables.ts';
import type { Caller, Project } from '../project.ts';
import { readActions } from './failure/actions.ts';
import type { GateSubject } from './subject.ts';
import type { GateResult, RequirementResult, Verdict } from './types.ts';

/** What a gate runs: what lacks evidence, everything anew, or nothing. */
export type GateMode = 'missing' | 'all' | 'none';

/** The records of gates: who evaluates what, who is at it, and what came of it. */

/** Begins a gate's record, unless a run for the same question is under way: then `mine` is false. */
export async function openGate(
  project: Project,
  subject: GateSubject,
  { mode, caller, separate = false }: { mode: GateMode; caller: Caller; separate?: boolean },
): Promise<{ id: string; mine: boolean }> {
  const id = newId('gate');
  return project.state.change(async (writer) => {
    if (!separate) {
      // Two callers may ask at the same moment: the second joins the run of the first.
      const running = await writer
        .selectFrom('gates')
        .select('id')
        .where('environment', '=', subject.environment)
        .where('commit_sha', '=', subject.commit.sha)
        .where('policy_digest', '=', project.policyDigest)
        .where('finished_at', 'is', null)
        .where('mode', '!=', 'none')
        .executeTakeFirst();
      if (running) return { id: running.id, mine: false };
    }
    await writer
      .insertInto('gates')
      .values({
        id,
        environment: subject.environment,
        commit_sha: subject.commit.sha,
        verdict: 'running',
        requirements: '[]',
        policy_digest: project.policyDigest,
        artifact_digest: null,
        mode,
        caller: JSON.stringify(caller),
        runner: null,
        progress: null,
        delivered: separate ? 1 : 0,
        created_at: timestamp(),
        finished_at: null,
        expires_at: null,
        cancel_reason: null,
        actions: null,
      })
      .execute();
    return { id, mine: true };
  });
}

/** Takes a gate's run over, unless it has ended or somebody alive is at it. */
export async function claimGate(project: Project, gateId: string): Promise<boolean> {
  return project.state.change(async (writer) => {
    const row = await writer.selectFrom('gates').selectAll().where('id', '=', gateId).executeTakeFirst();
    if (!row || row.finished_at !== null || runnerIsAlive(row)) return false;
    await writer
      .updateTable('gates')
      .set({ runner: JSON.stringify(thisProcess()) })
      .where('id', '=', gateId)
      .execute();
    return true;
  });
}

export function runnerIsAlive({ runner }: Pick<GateRow, 'runner'>): boolean {
  return runner !== null && isAlive(JSON.parse(runner) as ProcessIdentity);
}

/** A run for the same question that is under way, or has ended without anybody having been told. */
export async function pendingGate(project: Project, subject: GateSubject): Promise<GateRow | undefined> {
  return project.state.read
    .selectFrom('gates')
    .selectAll()
    .where('environment', '=', subject.environment)
    .where('commit_sha', '=', subject.commit.sha)
    .where('policy_digest', '=', project.policyDigest)
    .where('delivered', '=', 0)
    .where('mode', '!=', 'none')
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Whether the same question was answered with a failure before. */
export async function failedBefore(project: Project, subject: GateSubject, gateId: string): Promise<boolean> {
  const row = await project.state.read
    .selectFrom('gates')
    .select('id')
    .where('environment', '=', subject.environment)
    .where('commit_sha', '=', subject.commit.sha)
    .where('policy_digest', '=', project.policyDigest)
    .where('verdict', '=', 'fail')
    .where('id', '!=', gateId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function gateRow(project: Project, gateId: string): Promise<GateRow> {
  return project.state.read
    .selectFrom('gates')
    .selectAll()
    .where('id', '=', gateId)
    .executeTakeFirstOrThrow();
}

/** A stored gate by its id, or undefined. */
export async function findGate(project: Project, gateId: string): Promise<GateResult | undefined> {
  const row = await project.state.read
    .selectFrom('gates')
    .selectAll()
    .where('id', '=', gateId)
    .executeTakeFirst();
  return row && toResult(row);
}

/** Ids of the tasks that a gate filed, or found open, for one of its requirements. */
export async function tasksOfGate(project: Project, gateId: string, requirement: string): Promise<string[]> {
  const actions = readActions((await gateRow(project, gateId)).actions);
  return (actions?.fixTasks ?? []).filter(({ check }) => check === requirement).map(({ id }) => id);
}

export function toResult(row: GateRow): GateResult {
  const { fixTasks = [], escalation, notices = [] } = readActions(row.actions) ?? {};
  return {
    gateId: row.id,
    environment: row.environment,
    commit: row.commit_sha,
    verdict: row.verdict as Verdict | 'running',
    requirements: JSON.parse(row.requirements) as RequirementResult[],
    policyDigest: row.policy_digest,
    artifact: row.artifact_digest ?? undefined,
    running: row.progress ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    ...(fixTasks.length > 0 && { fixTasks: [...new Set(fixTasks.map(({ id }) => id))] }),
    escalation,
    ...(notices.length > 0 && { notices }),
  };
}
