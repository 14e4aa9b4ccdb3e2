import { record } from '../audit/trail.ts';
import { timestamp } from '../platform/clock.ts';
import type { Commit } from '../platform/git.ts';
import { newId } from '../platform/identifiers.ts';
import type { DeploymentRow } from '../platform/tables.ts';
import type { Caller, Project } from '../project.ts';
import { runAftermath } from './aftermath.ts';
import { findArtifact } from './artifacts.ts';
import type { Failure } from './failure.ts';
import { Journal } from './journal.ts';
import { enter, hold } from './records.ts';
import { versionOf } from './releases.ts';
import type { RunbookRequest } from './runbook.ts';

/** How a request gets on record, before anything runs. */

export interface RequestFacts {
  environment: string;
  kind: DeploymentRow['kind'];
  commit: Commit;
  caller: Caller;
  /** For a rollback: the deployment whose release is to come back. */
  restore?: Pick<DeploymentRow, 'id' | 'artifact_digest'>;
  /** For a run of a runbook. */
  runbook?: RunbookRequest;
  reason?: string;
  taskId?: string | undefined;
  notBefore?: Date | undefined;
  gateId?: string | undefined;
}

/**
 * Stores a request and takes its environment, or neither.
 * @throws ENVIRONMENT_BUSY
 */
export async function storeRequest(
  project: Project,
  facts: RequestFacts,
  { takesEnvironment }: { takesEnvironment: boolean },
): Promise<DeploymentRow> {
  const row = await rowOf(project, facts);
  await project.state.change(async (writer) => {
    if (takesEnvironment) row.number = await hold(writer, row.id, row.environment);
    const environment = await writer
      .selectFrom('environments')
      .select('live_id')
      .where('name', '=', row.environment)
      .executeTakeFirst();
    row.previous_id = environment?.live_id ?? null;
    await writer.insertInto('deployments').values(row).execute();
    await record(writer, {
      caller: facts.caller,
      action: `${row.kind}.request`,
      subject: row.id,
      decision: 'accepted',
      detail: {
        environment: row.environment,
        commit: row.commit_sha,
        taskId: row.task_id,
        reason: row.reason,
        policyDigest: row.policy_digest,
        ...(facts.runbook && { runbook: facts.runbook }),
      },
    });
  });
  return row;
}

/** Ends a request that policy turns away, with everything that follows from it. */
export async function refuse(project: Project, row: DeploymentRow, failure: Failure): Promise<void> {
  await enter(project, row.id, 'failed', { failure });
  const journal = new Journal(project.state, row.id, () => undefined);
  await runAftermath({ project, row, journal, log: () => undefined, signal: new AbortController().signal });
}

async function rowOf(project: Project, facts: RequestFacts): Promise<DeploymentRow> {
  const { commit, restore, runbook } = facts;
  const artifact = facts.kind === 'deploy' ? await findArtifact(project, commit) : undefined;
  return {
    id: newId('dep'),
    environment: facts.environment,
    kind: facts.kind,
    state: 'pending',
    number: 0,
    commit_sha: commit.sha,
    commit_at: commit.committedAt,
    author: commit.authorEmail,
    version: versionOf(commit.sha),
    artifact_digest: restore?.artifact_digest ?? artifact?.digest ?? null,
    task_id: facts.taskId ?? null,
    reason: facts.reason === undefined ? null : project.redact(facts.reason),
    caller: JSON.stringify(facts.caller),
    previous_id: null,
    restore_id: restore?.id ?? null,
    gate_id: facts.gateId ?? null,
    policy_digest: project.policyDigest,
    served_version: null,
    failure: null,
    cancel_reason: null,
    runner: null,
    requested_at: timestamp(),
    not_before: facts.notBefore ? timestamp(facts.notBefore) : null,
    runbook: runbook ? JSON.stringify(runbook) : null,
    started_at: null,
    finished_at: null,
  };
}
