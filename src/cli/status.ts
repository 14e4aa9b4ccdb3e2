import { type Approval, findApproval } from '../approvals/records.ts';
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
    .select(['id', 'kind', 'version', 'state'])
    .where('environment', '=', environment)
    .where('state', 'in', [...activeStates, 'waitingForApproval'])
    .orderBy('requested_at')
    .execute();
  return Promise.all(
    rows.map(async ({ id, kind, version, state }) => {
      const approval = state === 'waitingForApproval' ? await findApproval(project, id) : undefined;
      return `  ${kind} ${id} of ${version}: ${approval?.status === 'pending' ? waitsFor(approval) : state}`;
    }),
  );
}

function waitsFor({ requestId, given, required }: Approval): string {
  const persons = given.map(({ approver, level }) => `${approver} (${level})`);
  const soFar = persons.length === 0 ? '' : ` by ${persons.join(', ')}`;
  return `waits for people, ${given.length} of ${required} approved${soFar}; see "devops-engineer approve ${requestId} --statement"`;
}
