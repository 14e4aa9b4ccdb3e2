import { overridesOn } from '../approvals/overrides.ts';
import { findGate } from '../gates/gate-records.ts';
import type { Override, RequirementResult } from '../gates/types.ts';
import type { DeploymentRow } from '../platform/tables.ts';
import type { Project } from '../project.ts';

/** Which requirements did not count for a deployment, because a person had decided so. */

export interface OverriddenRequirement {
  name: string;
  /** What was really there; missing while the gate has not been evaluated. */
  observed?: string;
  override: Override;
}

/** What the step that admits a deployment leaves in the journal. */
export interface Admission {
  overrides: OverriddenRequirement[];
}

export function overriddenAmong(requirements: readonly RequirementResult[]): OverriddenRequirement[] {
  return requirements.flatMap(({ name, observed, override }) =>
    override ? [{ name, observed, override }] : [],
  );
}

/** Those that its gate and its admission rested on; before either, those that would count. */
export async function overridesOf(project: Project, row: DeploymentRow): Promise<OverriddenRequirement[]> {
  if (row.kind === 'rollback') return [];
  if (row.gate_id === null) return row.started_at === null ? standingOverrides(project, row) : [];
  const gate = await findGate(project, row.gate_id);
  const used = [...overriddenAmong(gate?.requirements ?? []), ...(await atAdmission(project, row.id))];
  return used.filter(({ name }, index) => used.findIndex((one) => one.name === name) === index);
}

async function atAdmission(project: Project, deploymentId: string): Promise<OverriddenRequirement[]> {
  const step = await project.state.read
    .selectFrom('steps')
    .select('result')
    .where('deployment_id', '=', deploymentId)
    .where('name', '=', 'admit')
    .where('state', '=', 'done')
    .executeTakeFirst();
  return (JSON.parse(step?.result ?? 'null') as Admission | null)?.overrides ?? [];
}

async function standingOverrides(project: Project, row: DeploymentRow): Promise<OverriddenRequirement[]> {
  const { environment, commit_sha: commit, author } = row;
  if (project.policyDigest !== row.policy_digest) return [];
  const found = await overridesOn(project, { environment, commit, author });
  return found.flatMap((one) =>
    'override' in one ? [{ name: one.requirement, override: one.override }] : [],
  );
}
