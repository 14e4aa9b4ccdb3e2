import { DeploymentFailed } from './failure.ts';
import { deploymentById } from './records.ts';
import type { Run } from './workflow.ts';

/**
 * Between two steps is the safe point: what was cancelled before its switch never gets traffic.
 * @throws DeploymentFailed CANCELLED
 */
export async function stopIfCancelled({ project, row }: Pick<Run, 'project' | 'row'>): Promise<void> {
  const { cancel_reason } = await deploymentById(project, row.id);
  if (cancel_reason === null) return;
  throw new DeploymentFailed({ code: 'CANCELLED', message: `cancelled: ${cancel_reason}` });
}
