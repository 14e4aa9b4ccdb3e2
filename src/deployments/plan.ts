import { environmentOf, type Project } from '../project.ts';
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

/** The steps around the plan, for people who ask what would happen. */
export async function describePlan(
  project: Project,
  environment: string,
  commitSha: string,
): Promise<string[]> {
  const { approvals } = environmentOf(project, environment);
  const { steps } = await planDeployment(project, environment, commitSha);
  return [
    'artifact: build it once, or take the one that was built',
    `gate: evaluate ${environment} again, running what lacks evidence`,
    ...(approvals
      ? [
          `approval: wait for ${approvals.required} ${approvals.level} approval by ${approvals.from.join(' or ')}`,
        ]
      : []),
    'admit: check gate, freeze, approval and lock once more',
    ...steps.map((step) => `${nameOf(step)}: ${step.does}`),
    'on failure after the switch: restore the previous release, prove it, file a fix task',
  ];
}
