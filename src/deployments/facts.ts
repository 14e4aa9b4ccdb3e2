import { findApproval } from '../approvals/records.ts';
import type { DeploymentFacts } from '../audit/documents.ts';
import { findGate } from '../gates/gate-records.ts';
import type { DeploymentRow } from '../platform/tables.ts';
import type { Project } from '../project.ts';
import type { Failure } from './failure.ts';
import { overridesOf } from './overrides.ts';
import { deploymentRow } from './releases.ts';

/** What documents tell of a deployment, without secrets. */
export async function documentFacts(
  project: Project,
  row: DeploymentRow,
  { caller, failure, commitsShown }: { caller: string; failure: Failure | undefined; commitsShown: number },
): Promise<DeploymentFacts> {
  const previous = row.previous_id === null ? undefined : await deploymentRow(project, row.previous_id);
  const repository = await project.repository();
  const commits =
    row.kind !== 'deploy' ? [] : await repository.between(previous?.commit_sha, row.commit_sha, commitsShown);
  const gate = row.gate_id === null ? undefined : await findGate(project, row.gate_id);
  const approval = await findApproval(project, row.id);
  // Before the marks of Markdown are escaped: behind a backslash a secret is not recognised any more.
  const { redact } = project;
  return {
    id: row.id,
    kind: row.kind,
    environment: row.environment,
    version: row.version,
    commit: row.commit_sha,
    from: previous?.version,
    state: row.state,
    caller,
    reason: row.reason === null ? undefined : redact(row.reason),
    taskId: row.task_id ?? undefined,
    began: row.started_at !== null,
    startedAt: row.started_at ?? row.requested_at,
    finishedAt: row.finished_at ?? row.requested_at,
    commits: commits.map(({ sha, authorName, subject }) => ({
      sha,
      author: authorName,
      subject: redact(subject),
    })),
    gate: (gate?.requirements ?? []).map((one) => ({ ...one, observed: redact(one.observed) })),
    overrides: (await overridesOf(project, row)).map(({ name, override }) => ({
      requirement: name,
      ...override,
      reason: redact(override.reason),
    })),
    approvals: approval?.given ?? [],
    servedVersion: row.served_version ?? undefined,
    failure: failure && { ...failure, message: redact(failure.message) },
  };
}
