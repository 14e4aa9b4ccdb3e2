import { answersTo, approvalRow } from '../../approvals/records.ts';
import { rejectionOf } from '../../approvals/statement.ts';
import { overridesOf } from '../../deployments/overrides.ts';
import { deploymentById, logFileOf } from '../../deployments/records.ts';
import type { Evidence } from '../../evidence/types.ts';
import type { RequirementResult } from '../../gates/types.ts';
import { path } from '../../platform/files.ts';
import type { DeploymentRow, EvidenceRow, GateRow, PolicyRow } from '../../platform/tables.ts';
import type { Project } from '../../project.ts';
import { place } from './manifest.ts';

/** What belongs to one deployment: everything that was proven, decided and said for it. */

export interface Part {
  path: string;
  content: string | { file: string };
}

export interface Collected {
  row: DeploymentRow;
  parts: Part[];
  /** What the entries about it are about. */
  subjects: string[];
}

/** @throws UNKNOWN_DEPLOYMENT */
export async function collect(project: Project, deploymentId: string): Promise<Collected> {
  const row = await deploymentById(project, deploymentId);
  const { read } = project.state;
  const steps = await read
    .selectFrom('steps')
    .selectAll()
    .where('deployment_id', '=', row.id)
    .orderBy('position')
    .execute();
  const gate =
    row.gate_id === null
      ? undefined
      : await read.selectFrom('gates').selectAll().where('id', '=', row.gate_id).executeTakeFirst();
  const evidence = await evidenceOf(project, row, gate);
  const approval = await approvalRow(project, row.id);
  const overrides = await overrideRows(project, row);
  const parts: Part[] = [
    json(place.deployment, {
      ...row,
      caller: JSON.parse(row.caller),
      failure: parsed(row.failure),
      runner: null, // a process of this machine
      steps: steps.map((step) => ({ ...step, result: parsed(step.result) })),
    }),
    ...(await policyOf(project, row)),
    ...(gate ? [gatePart(gate)] : []),
    ...evidence.map((one) =>
      json(place.evidence(one.id), { ...one, evidence: JSON.parse(one.evidence) as Evidence }),
    ),
    ...[...new Set(evidence.flatMap(({ report_digest }) => report_digest ?? []))].map((digest) => ({
      path: place.report(digest),
      content: { file: path.join(project.stateDir, 'evidence', digest.replace('sha256:', '')) },
    })),
    ...(approval
      ? [
          json(place.approval(approval.id), {
            ...approval,
            roles: JSON.parse(approval.roles),
            answers: (await answersTo(project, approval.id)).map((answer) => ({
              ...answer,
              /** The exact text that this answer signs. */
              signed:
                answer.decision === 'approve'
                  ? approval.statement
                  : rejectionOf(approval.statement, answer.reason ?? undefined),
            })),
          }),
        ]
      : []),
    ...overrides.map((one) => json(place.override(one.id), one)),
    ...[row.id, ...(gate ? [gate.id] : [])].map((id) => ({
      path: place.log(id),
      content: { file: logFileOf(project, id) },
    })),
  ];
  const subjects = [
    row.id,
    ...(gate ? [gate.id] : []),
    ...evidence.map(({ id }) => id),
    ...(approval ? [approval.id, ...(approval.human_request_id ?? [])] : []),
    ...(row.artifact_digest === null ? [] : [row.artifact_digest]),
  ];
  return { row, parts, subjects };
}

async function evidenceOf(
  { state }: Project,
  row: DeploymentRow,
  gate: GateRow | undefined,
): Promise<EvidenceRow[]> {
  const requirements = JSON.parse(gate?.requirements ?? '[]') as RequirementResult[];
  const named = requirements.flatMap(({ evidenceId }) => evidenceId ?? []);
  return state.read
    .selectFrom('evidence')
    .selectAll()
    .where((is) => is.or([is('id', 'in', named), is('gate_id', 'in', [row.id, ...(gate ? [gate.id] : [])])]))
    .orderBy('id')
    .execute();
}

async function overrideRows(project: Project, row: DeploymentRow) {
  if ((await overridesOf(project, row)).length === 0) return [];
  return project.state.read
    .selectFrom('overrides')
    .selectAll()
    .where('environment', '=', row.environment)
    .where('commit_sha', '=', row.commit_sha)
    .where('policy_digest', '=', row.policy_digest)
    .execute();
}

/** The policy it was judged by, where it is still known: as approved, or as it is in force now. */
async function policyOf(project: Project, row: DeploymentRow): Promise<Part[]> {
  const kept: PolicyRow | undefined = await project.state.read
    .selectFrom('policies')
    .selectAll()
    .where('digest', '=', row.policy_digest)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (kept) return [json(place.policy, { ...kept, signers: JSON.parse(kept.signers) })];
  const { digest, text, signers } = project.policy;
  return digest === row.policy_digest ? [json(place.policy, { digest, content: text, signers })] : [];
}

function gatePart(gate: GateRow): Part {
  return json(place.gate(gate.id), {
    ...gate,
    caller: JSON.parse(gate.caller),
    requirements: JSON.parse(gate.requirements),
    actions: parsed(gate.actions),
    runner: null,
  });
}

function json(name: string, value: unknown): Part {
  return { path: name, content: `${JSON.stringify(value, null, 2)}\n` };
}

function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
