import * as z from 'zod';
import { differencesSinceLive } from '../deployments/differences.ts';
import { describePlan } from '../deployments/plan.ts';
import { liveRelease, versionOf } from '../deployments/releases.ts';
import { requestDeployment } from '../deployments/requests.ts';
import { assess, subjectOf } from '../gates/assess.ts';
import type { Project } from '../project.ts';
import { defineTool } from './define.ts';
import { followRequest, renderRequest, requestShape } from './deployment-shape.ts';

/** Long enough for a refusal to show in the first answer, short enough for the promise of 2 s. */
export const firstLookSeconds = 0.5;

export const deploy = defineTool({
  name: 'deploy',
  title: 'Deploy',
  effect: 'change',
  starts: 'deployment',
  description:
    'Starts a deployment and returns its id at once; it goes on without the client, rolls back by itself, and asks people where policy says so. dryRun shows the plan.',
  input: z.strictObject({
    environment: z.string(),
    ref: z.string().default('HEAD'),
    taskId: z.string().optional(),
    notBefore: z.iso.datetime({ offset: true }).optional(),
    dryRun: z.boolean().default(false),
    waitSeconds: z.number().min(0).max(600).default(firstLookSeconds),
  }),
  output: requestShape,
  async run({ environment, ref, taskId, notBefore, dryRun, waitSeconds }, context) {
    const project = await context.project();
    if (dryRun) return planOnly(project, environment, ref);
    const id = await requestDeployment(project, {
      environment,
      ref,
      caller: context.caller,
      taskId,
      notBefore: notBefore === undefined ? undefined : new Date(notBefore),
    });
    return followRequest(project, id, waitSeconds, context);
  },
  render: renderRequest,
});

const commitsShown = 10;

/** What would happen, and what the gate says now; changes and records nothing. */
async function planOnly(
  project: Project,
  environment: string,
  ref: string,
): Promise<z.input<typeof requestShape>> {
  const subject = await subjectOf(project, environment, ref);
  const live = await liveRelease(project, environment);
  const { from: _, ...changes } = await differencesSinceLive(project, environment, subject.commit, {
    limit: commitsShown,
  });
  const { verdict, requirements } = await assess(project, subject);
  return {
    state: 'planned',
    environment,
    commit: subject.commit.sha,
    to: versionOf(subject.commit.sha),
    steps: await describePlan(project, environment, subject.commit.sha),
    gate: { verdict, requirements },
    changes,
    from: live?.version,
    ...(subject.artifact && { artifact: subject.artifact.digest }),
  };
}
