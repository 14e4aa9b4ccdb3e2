import { standingOfPolicy } from '../../approvals/approved-policies.ts';
import { readOverrideStatement } from '../../approvals/override-statement.ts';
import { overridesOf } from '../../deployments/overrides.ts';
import { findGate } from '../../gates/gate-records.ts';
import { undelivered } from '../../operations/notifications/outbox.ts';
import type { DeploymentRow } from '../../platform/tables.ts';
import type { Project } from '../../project.ts';
import { verifyObjects } from '../retention/verify-objects.ts';
import { verifyTrail } from '../verify.ts';
import type { ChangeFact, RecordFacts } from './facts.ts';

/** Draws the facts of a compliance report out of the record. @throws STATE_FAILED */
export async function gatherFacts(
  project: Project,
  { since, until }: { since: string; until: string },
): Promise<RecordFacts> {
  const { config, state } = project;
  const rows = await state.read
    .selectFrom('deployments')
    .selectAll()
    .where('requested_at', '>=', since)
    .where('requested_at', '<=', until)
    .orderBy('requested_at', 'desc')
    .execute();
  const changes: ChangeFact[] = [];
  for (const row of rows) changes.push(await changeFact(project, row));
  const { chain, entries, anchored } = await verifyTrail(project);
  const objects = chain === 'intact' ? await verifyObjects(project) : undefined;
  const overrides = await state.read.selectFrom('overrides').selectAll().where('at', '>=', since).execute();
  return {
    project: config.project,
    since,
    until,
    changes,
    chain,
    entries,
    ...(anchored && { anchored }),
    ...(objects && {
      objects: { kept: objects.kept, erased: objects.erased.length, problems: objects.problems },
    }),
    policy: await policyFacts(project, since),
    environments: Object.entries(config.environments).map(([name, one]) => ({
      name,
      requirements: Object.keys(one.gate),
      ...(one.after !== undefined && { after: one.after }),
      ...(one.approvals && { approvals: { required: one.approvals.required, level: one.approvals.level } }),
    })),
    overrides: overrides.map(({ environment, requirement, approver, at, statement }) => ({
      environment,
      requirement,
      by: approver,
      at,
      reason: readOverrideStatement(statement)?.reason ?? 'what was signed cannot be read',
    })),
    erasures: objects?.erased.length ?? 0,
    undelivered: (await undelivered(project)).count,
    attestedChecks: Object.entries(config.checks).flatMap(([name, { attestedBy }]) =>
      attestedBy && attestedBy.length > 0 ? [name] : [],
    ),
  };
}

async function changeFact(project: Project, row: DeploymentRow): Promise<ChangeFact> {
  const { read } = project.state;
  const gate = row.gate_id === null ? undefined : await findGate(project, row.gate_id);
  const answers = await read
    .selectFrom('approval_answers')
    .innerJoin('approvals', 'approvals.id', 'approval_answers.approval_id')
    .select(['approval_answers.approver', 'approval_answers.level'])
    .where('approvals.deployment_id', '=', row.id)
    .where('approvals.status', '=', 'approved')
    .where('approval_answers.decision', '=', 'approve')
    .execute();
  const provenance = Object.entries(project.config.checks).flatMap(([name, { statement }]) =>
    statement?.kind === 'provenance' ? [name] : [],
  );
  const passed = (name: string) =>
    gate?.requirements.some((one) => one.name === name && one.verdict === 'pass' && !one.override) ?? false;
  const told = await read
    .selectFrom('audit')
    .select('action')
    .where('subject', '=', row.id)
    .where('action', 'in', ['deployment.record', 'commit.review'])
    .execute();
  const by = (level: string) => answers.filter((one) => one.level === level).map(({ approver }) => approver);
  return {
    id: row.id,
    environment: row.environment,
    kind: row.kind,
    state: row.state,
    commit: row.commit_sha,
    at: row.requested_at,
    began: row.started_at !== null,
    taskId: row.task_id !== null,
    ...(gate && { gate: gate.verdict }),
    overrides: (await overridesOf(project, row)).map(({ name }) => name),
    reviewed: passed('review'),
    signed: by('signed'),
    unverified: by('unverified'),
    approvalsAsked: project.config.environments[row.environment]?.approvals !== undefined,
    artifact: row.artifact_digest !== null,
    provenance: provenance.some(passed),
    verified: row.served_version !== null,
    sealed: told.some(({ action }) => action === 'deployment.record'),
  };
}

async function policyFacts(project: Project, since: string): Promise<RecordFacts['policy']> {
  const standing = await standingOfPolicy(project);
  const { count } = await project.state.read
    .selectFrom('audit')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('action', 'in', ['policy.change', 'policy.approve'])
    .where('at', '>=', since)
    .executeTakeFirstOrThrow();
  const changes = Number(count);
  if (standing.state === 'doubtful') return { weaker: [], changes, doubtful: standing.why };
  if (standing.state === 'unseen') return { weaker: [], changes };
  const { approver, level } = standing.approved;
  return {
    ...(approver !== null && { approvedBy: approver }),
    ...(level !== null && { level }),
    weaker: standing.weaker,
    changes,
  };
}
