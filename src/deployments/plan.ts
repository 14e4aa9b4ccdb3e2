import { environmentOf, type Project } from '../project.ts';
import { irreversibleAmong } from './irreversible.ts';
import { liveRelease, versionOf } from './releases.ts';
import { strategies } from './strategies/index.ts';
import { nameOf, type PlannedStep } from './strategies/types.ts';

export interface Plan {
  strategy: string;
  from?: string;
  steps: PlannedStep[];
}

/** What a deployment of the commit would do on the target, in order, given what is live now. */
export async function planDeployment(
  project: Project,
  environment: string,
  commitSha: string,
): Promise<Plan> {
  const policy = environmentOf(project, environment);
  const previous = await liveRelease(project, environment);
  const { capabilities, instances } = project.target(environment);
  const steps = strategies[policy.strategy.kind].plan({
    version: versionOf(commitSha),
    previousVersion: previous?.version,
    capabilities,
    instances,
    validate: policy.validate,
    strategy: policy.strategy,
  });
  return { strategy: policy.strategy.kind, steps, from: previous?.version };
}

/** Everything that a deployment of the commit would do, for people who ask. */
export async function describePlan(
  project: Project,
  environment: string,
  commitSha: string,
): Promise<string[]> {
  const { irreversibleMigrations } = environmentOf(project, environment);
  const { steps } = await planDeployment(project, environment, commitSha);
  return [
    'artifact: build it once, or take the one that was built',
    ...aroundThePlan(project, environment, [
      ...steps.map((step) => `${nameOf(step)}: ${step.does}`),
      wayBack(await migrationsOnTheWay(project, environment, commitSha), irreversibleMigrations),
    ]),
  ];
}

/** What a request of any kind goes through before its own steps. */
export function aroundThePlan(project: Project, environment: string, steps: readonly string[]): string[] {
  const { approvals } = environmentOf(project, environment);
  return [
    `gate: evaluate ${environment} again, running what lacks evidence`,
    ...(approvals
      ? [
          `approval: wait for ${approvals.required} ${approvals.level} approval by ${approvals.from.join(' or ')}`,
        ]
      : []),
    'admit: check gate, freeze, approval and lock once more',
    ...steps,
  ];
}

async function migrationsOnTheWay(project: Project, environment: string, commitSha: string): Promise<number> {
  const live = await liveRelease(project, environment);
  return live ? (await irreversibleAmong(project, live.commit, commitSha)).length : 0;
}

function wayBack(migrations: number, policy: 'warn' | 'refuse'): string {
  const restores = 'restore the previous release, prove it, file a fix task';
  if (migrations === 0) return `on failure after the switch: ${restores}`;
  return policy === 'refuse'
    ? 'on failure after the switch: call people; policy refuses to go back behind a migration that cannot be undone'
    : `on failure after the switch: ${restores}, although a migration cannot be undone`;
}
