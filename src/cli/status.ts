import { activeStates } from '../deployments/states.ts';
import type { Project } from '../project.ts';
import { type GlobalOptions, openLocalApp } from './call.ts';
import { callFromCommandLine } from './named-call.ts';
import { print } from './output.ts';

/** Shows a deployment, an environment, or every environment, with what is under way there and whom it waits for. */
export async function status(
  environment: string | undefined,
  options: GlobalOptions & { deployment?: string },
): Promise<number> {
  if (options.deployment !== undefined) {
    return callFromCommandLine('getDeployment', { deploymentId: options.deployment, log: {} }, options);
  }
  const app = await openLocalApp(options);
  try {
    const project = await app.project();
    const names = environment === undefined ? Object.keys(project.config.environments) : [environment];
    let exitCode = 0;
    for (const name of names) {
      exitCode = Math.max(exitCode, await callFromCommandLine('checkHealth', { environment: name }, options));
      if (!options.json) for (const line of await underWay(project, name)) print(line);
    }
    return exitCode;
  } finally {
    await app.close();
  }
}

/** Deployments that are not over, oldest first, a line each. */
async function underWay(project: Project, environment: string): Promise<string[]> {
  const rows = await project.state.read
    .selectFrom('deployments')
    .leftJoin('approvals', (join) =>
      join.onRef('approvals.deployment_id', '=', 'deployments.id').on('approvals.status', '=', 'pending'),
    )
    .select(['deployments.id', 'deployments.kind', 'version', 'state', 'approvals.id as requestId'])
    .where('deployments.environment', '=', environment)
    .where('state', 'in', [...activeStates, 'waitingForApproval'])
    .orderBy('deployments.requested_at')
    .execute();
  return rows.map(({ id, kind, version, state, requestId }) =>
    requestId === null || state !== 'waitingForApproval'
      ? `  ${kind} ${id} of ${version}: ${state}`
      : `  ${kind} ${id} of ${version}: waits for people, see "devops-engineer approve ${requestId} --statement"`,
  );
}
